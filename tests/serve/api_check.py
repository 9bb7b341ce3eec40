#!/usr/bin/env python3
"""Asks a running server for every operation of its own /api/v1/openapi.json and holds each answer against it: the status is declared, the
type too, and JSON fits its schema. Bodies of changes are made from the schemas, and once more with nothing in them.
usage: api_check.py URL --cookie NAME=TOKEN --csrf TOKEN [--only-read] [--value [OPERATION.]NAME=VALUE]… [--expect-ok OPERATION]…
exit 0 all fit, 1 something did not (a line each), 2 could not run"""
import argparse
import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

import jsonschema

METHODS = ("get", "post", "delete")
TIMEOUT = 20


class Server:
    def __init__(self, url, cookie, csrf):
        self.url, self.cookie, self.csrf = url.rstrip("/"), cookie, csrf
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the test made the certificate itself
        handlers = [urllib.request.HTTPSHandler(context=context), NoRedirect()]
        self.opener = urllib.request.build_opener(*handlers)

    def ask(self, method, path, body=None, signed_in=True):
        headers = {"Cookie": self.cookie, "X-Kulla-Csrf": self.csrf} if signed_in else {}
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method.upper())
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                streamed = answer.headers.get_content_type() == "text/event-stream"
                return answer.status, answer.headers.get_content_type(), b"" if streamed else answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get_content_type(), error.read()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Document:
    def __init__(self, document):
        self.document = document

    def resolved(self, node):
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def at(self, reference):
        node = self.document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        return node

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield path, method, methods[method]

    def schema(self, schema):
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": self.document["components"], **schema}

    def example(self, schema):
        schema = self.resolved(schema)
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0])
        kind = schema.get("type")
        if kind == "object":
            return {name: self.example(each) for name, each in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.example(schema["items"])]
        return {"integer": 1, "boolean": False, "string": "2022-07-15T10:00:00Z" if schema.get("format") == "date-time" else "x"}.get(kind, "x")


def problems(document, operation, status, kind, body):
    declared = operation["responses"].get(str(status))
    if declared is None:
        return [f"status {status} is not declared: {body[:200]!r}"]
    content = document.resolved(declared).get("content", {})
    if not content:
        return []
    if kind not in content and "*/*" not in content:
        return [f"status {status}: {kind} is not declared"]
    if kind != "application/json":
        return []
    schema = document.schema(content[kind]["schema"])
    errors = jsonschema.Draft202012Validator(schema).iter_errors(json.loads(body))
    return [f"status {status}: at {'/'.join(map(str, e.absolute_path)) or 'the top'}: {e.message[:200]}" for e in errors][:5]


def filled(document, path, operation, values):
    query = {}
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        given = values.get(f"{operation['operationId']}.{name}", values.get(name))
        if parameter["in"] == "path":
            value = given or str(document.example(parameter["schema"]))
            path = path.replace("{" + name + "}", urllib.parse.quote(value, safe=""))
        elif given:
            query[name] = given
    return path + ("?" + urllib.parse.urlencode(query) if query else "")


def bodies(document, method, operation):
    if "requestBody" not in operation:
        return [None]
    return [{}, document.example(operation["requestBody"]["content"]["application/json"]["schema"])]


def check(server, document, options):
    asked = found = 0
    values = dict(each.split("=", 1) for each in options.value)
    last = [each for each in document.operations() if each[2]["operationId"] != "sign_out"]
    last += [each for each in document.operations() if each[2]["operationId"] == "sign_out"]
    for path, method, operation in last:
        if options.only_read and method != "get":
            continue
        target = filled(document, path, operation, values)
        for signed_in in (False, True):
            for body in bodies(document, method, operation):
                status, kind, text = server.ask(method, target, body, signed_in)
                asked += 1
                wrong = problems(document, operation, status, kind, text)
                if signed_in and operation["operationId"] in options.expect_ok and status != 200:
                    wrong.append(f"status {status}, not 200: {text[:200]!r}")
                for each in wrong:
                    print(f"{method.upper()} {target}: {each}")
                found += len(wrong)
    print(f"{asked} answers held against {server.url}/api/v1/openapi.json: {found} problems")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--cookie", default="")
    parser.add_argument("--csrf", default="")
    parser.add_argument("--only-read", action="store_true")
    parser.add_argument("--value", action="append", default=[])
    parser.add_argument("--expect-ok", action="append", default=[])
    options = parser.parse_args()
    server = Server(options.url, options.cookie, options.csrf)
    status, _, text = server.ask("get", "/api/v1/openapi.json")
    if status != 200:
        print(f"no document: status {status}", file=sys.stderr)
        return 2
    return 1 if check(server, Document(json.loads(text)), options) else 0


if __name__ == "__main__":
    sys.exit(main())
