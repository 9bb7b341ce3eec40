#!/usr/bin/env python3
"""As much of S3 as restic needs, over a folder: one bucket, whose objects are the folder's files.
usage: s3_server.py PORT BUCKET FOLDER [read-only]
It listens on 127.0.0.1. The key's name must be "right"; signatures are not checked. FOLDER.trouble, where it is there, has a status, and a code and a message as S3 writes them: the answer to everything."""
import hashlib
import http.server
import os
import sys
import urllib.parse
from xml.sax.saxutils import escape

port, bucket, folder = int(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3])
read_only = "read-only" in sys.argv[4:]
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def objects():
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            yield os.path.relpath(path, folder), os.path.getsize(path)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        self.answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode(),
                    Content_Type="application/xml")

    def read_body(self):
        """The body; minio's client signs it chunk by chunk over plain HTTP: SIZE;chunk-signature=… CRLF DATA CRLF."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.headers.get("X-Amz-Content-Sha256", "").startswith("STREAMING-"):
            return raw
        body = b""
        while raw:
            head, _, raw = raw.partition(b"\r\n")
            size = int(head.split(b";")[0], 16)
            body, raw = body + raw[:size], raw[size + 2:]
        return body

    def handle_any(self):
        body = self.read_body()
        if os.path.exists(folder + ".trouble"):
            with open(folder + ".trouble", encoding="utf-8") as file:
                status, _, error = file.read().strip().partition(" ")
            code, _, message = error.partition(" ")
            return self.refuse(int(status), code, message) if code else self.answer(int(status))
        if "Credential=right/" not in self.headers.get("Authorization", ""):
            return self.refuse(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.")
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        in_bucket, _, key = urllib.parse.unquote(url.path).lstrip("/").partition("/")
        if in_bucket != bucket:
            return self.refuse(404, "NoSuchBucket", "The specified bucket does not exist")
        path = os.path.normpath(os.path.join(folder, key))
        if key and not path.startswith(folder + os.sep):
            return self.refuse(400, "InvalidArgument", "no such name")
        if self.command in ("PUT", "DELETE") and read_only:
            return self.refuse(403, "AccessDenied", "Access Denied.")
        if not key:
            return self.of_bucket(query)
        return {"GET": self.get, "HEAD": self.get, "PUT": self.put, "DELETE": self.delete}[self.command](path, body)

    do_GET = do_HEAD = do_PUT = do_DELETE = handle_any

    def of_bucket(self, query):
        if "location" in query:
            return self.answer(200, f"<LocationConstraint {NAMESPACE}></LocationConstraint>".encode())
        if self.command != "GET":
            return self.answer(200)
        prefix, between = query.get("prefix", ""), query.get("delimiter", "")
        found, folders = [], set()
        for name, size in sorted(objects()):
            if not name.startswith(prefix):
                continue
            rest = name[len(prefix):]
            if between and between in rest:
                folders.add(prefix + rest.split(between)[0] + between)
            else:
                found.append((name, size))
        text = "".join(f"<Contents><Key>{escape(name)}</Key><Size>{size}</Size><ETag>&quot;x&quot;</ETag>"
                       "<LastModified>2022-07-15T10:00:00.000Z</LastModified></Contents>" for name, size in found)
        text += "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in sorted(folders))
        self.answer(200, f"<ListBucketResult {NAMESPACE}><Name>{bucket}</Name><IsTruncated>false</IsTruncated>{text}"
                         "</ListBucketResult>".encode(), Content_Type="application/xml")

    def get(self, path, _):
        if not os.path.isfile(path):
            return self.refuse(404, "NoSuchKey", "The specified key does not exist.")
        with open(path, "rb") as file:
            content = file.read()
        about = {"ETag": '"%s"' % hashlib.md5(content).hexdigest(), "Last_Modified": "Fri, 15 Jul 2022 10:00:00 GMT"}
        asked = self.headers.get("Range")
        if not asked:
            return self.answer(200, content, **about)
        first, _, last = asked.removeprefix("bytes=").partition("-")
        part = content[int(first):int(last) + 1 if last else None]
        return self.answer(206, part, Content_Range=f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}", **about)

    def put(self, path, body):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(body)
        self.answer(200, ETag='"%s"' % hashlib.md5(body).hexdigest())

    def delete(self, path, _):
        if os.path.exists(path):
            os.remove(path)
        self.answer(204)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
