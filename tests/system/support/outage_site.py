#!/usr/bin/env python3
"""A web server whose answers are told by a file, read at each request.
usage: outage_site.py ADDRESS PORT FOLDER [single] [tls]
FOLDER/answer: {"status": 200, "body": "…", "headers": {}, "delay": seconds, "way": "answer"|"close"|"garbage"}
single: one request after the other. tls: FOLDER/cert.pem and key.pem, read for each connection."""
import http.server
import json
import os
import ssl
import sys
import time

address, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ways = sys.argv[4:]


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self):
        with open(os.path.join(folder, "answer"), encoding="utf-8") as file:
            told = json.load(file)
        time.sleep(told.get("delay", 0))
        way = told.get("way", "answer")
        self.close_connection = True
        if way == "garbage":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        if way != "answer":
            return
        body = told["body"].encode()
        self.send_response(told["status"])
        for name, value in told.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.HTTPServer if "single" in ways else http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    request_queue_size = 16

    def get_request(self):
        client, peer = super().get_request()
        if "tls" not in ways:
            return client, peer
        client.settimeout(2)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
        return context.wrap_socket(client, server_side=True), peer

    def handle_error(self, *_):
        pass


Server((address, port), Handler).serve_forever()
