#!/usr/bin/env python3
"""A small identity provider on loopback for tests: OpenID Connect's code flow with PKCE, RS256 and ES256 by the openssl program.
usage: idp.py FOLDER      keys go to FOLDER; prints its port, then serves until it is ended
Whoever comes is signed in as "ana" of the group "kulla-operators". GET /next?NAME=VALUE changes the next token's claims (…=@ leaves one out),
or how it is signed: sign=RS256|ES256|none|HS256|stranger."""
import base64
import hashlib
import hmac
import http.server
import json
import subprocess
import sys
import time
import urllib.parse

CLIENT, SECRET = "kulla", "a secret of the client"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Keys:
    def __init__(self, folder):
        self.folder = folder
        for name in ("rsa", "stranger"):
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.file(name))
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.file("ec"))

    def file(self, name):
        return f"{self.folder}/idp-{name}.pem"

    def public(self, name):
        return openssl("pkey", "-in", self.file(name), "-pubout")

    def set(self):
        modulus = openssl("rsa", "-in", self.file("rsa"), "-noout", "-modulus").decode().strip().split("=")[1]
        point = openssl("pkey", "-in", self.file("ec"), "-pubout", "-outform", "DER")[-64:]
        return {"keys": [{"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": b64(bytes.fromhex(modulus)), "e": "AQAB"},
                         {"kty": "EC", "kid": "e", "use": "sig", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}]}

    def sign(self, how, text):
        if how == "none":
            return b""
        if how == "HS256":  # with the public key as its secret, as a confused verifier would check it
            return hmac.new(self.public("rsa"), text, hashlib.sha256).digest()
        der = openssl("dgst", "-sha256", "-sign", self.file({"RS256": "rsa", "ES256": "ec", "stranger": "stranger"}[how]), data=text)
        return raw_of(der) if how == "ES256" else der


def raw_of(der):
    """r and s of an ECDSA signature, 32 bytes each (RFC 7518, 3.4)."""
    r_end = 4 + der[3]
    r, s = der[4:r_end], der[r_end + 2:]
    return b"".join(each.lstrip(b"\0").rjust(32, b"\0") for each in (r, s))


class Provider(http.server.BaseHTTPRequestHandler):
    keys, codes, next = None, {}, {}

    def log_message(self, *_):
        pass

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def send(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(data))), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/.well-known/openid-configuration":
            return self.send(200, {"issuer": self.base, "authorization_endpoint": self.base + "/authorize",
                                   "token_endpoint": self.base + "/token", "jwks_uri": self.base + "/keys"})
        if url.path == "/keys":
            return self.send(200, self.keys.set())
        if url.path == "/next":
            Provider.next = query
            return self.send(200, {})
        if url.path == "/authorize" and query.get("client_id") == CLIENT and query.get("response_type") == "code" and "openid" in query["scope"]:
            code = f"code{len(self.codes)}"
            self.codes[code] = query
            back = query["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": query["state"]})
            return self.send(302, {}, [("Location", back)])
        return self.send(400, {"error": "invalid_request"})

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        asked = self.codes.pop(form.get("code"), None)
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{urllib.parse.quote(SECRET)}".encode()).decode()
        right = (asked and self.headers.get("Authorization") == basic and form.get("grant_type") == "authorization_code"
                 and form.get("redirect_uri") == asked["redirect_uri"] and asked["code_challenge_method"] == "S256"
                 and b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest()) == asked["code_challenge"])
        if not right:
            return self.send(400, {"error": "invalid_grant"})
        return self.send(200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)})

    def token(self, asked):
        now = int(time.time())
        claims = {"iss": self.base, "aud": CLIENT, "sub": "1", "nonce": asked["nonce"], "iat": now, "exp": now + 300,
                  "preferred_username": "ana", "groups": ["staff", "kulla-operators"]}
        change, Provider.next = dict(Provider.next), {}
        how = change.pop("sign", "RS256")
        for name, value in change.items():
            claims[name] = json.loads(value) if value[:1] in "[{-0123456789" else value
            if value == "@":
                del claims[name]
        header = {"alg": "RS256" if how == "stranger" else how, "kid": "e" if how == "ES256" else "r"}
        text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{text}.{b64(self.keys.sign(how, text.encode()))}"


def main():
    Provider.keys = Keys(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
