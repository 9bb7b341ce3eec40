"""A server that takes what it is given: HTTP POST or SMTP (RFC 5321; STARTTLS where a certificate is given), on a free port of 127.0.0.1.
usage: sink.py http|smtp FOLDER READY [--fail N] [--cert PEM]
Writes its port to READY (a FIFO), then each thing that it took to FOLDER/1, FOLDER/2, …: {"head": …, "body": …}. The first N are refused."""
import argparse
import asyncio
import json
import os
import ssl

arguments = argparse.ArgumentParser()
arguments.add_argument("kind", choices=["http", "smtp"])
arguments.add_argument("folder")
arguments.add_argument("ready")
arguments.add_argument("--fail", type=int, default=0)
arguments.add_argument("--cert")
options = arguments.parse_args()
taken = failed = 0


def refuses():
    global failed
    failed += 1
    return failed <= options.fail


def keep(head, body):
    global taken
    taken += 1
    beside = os.path.join(options.folder, f".{taken}")
    with open(beside, "w", encoding="utf-8") as file:
        json.dump({"head": head, "body": body}, file)
    os.rename(beside, os.path.join(options.folder, str(taken)))


async def http(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
    body = (await reader.readexactly(length)).decode()
    if refuses():
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    else:
        keep(head, body)
        writer.write(b"HTTP/1.1 204 Taken\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def smtp(reader, writer):
    envelope, secure = {"from": "", "to": [], "tls": False}, False

    def say(line):
        writer.write(line.encode() + b"\r\n")

    say("220 sink ESMTP")
    while line := (await reader.readline()).decode().strip():
        verb = line.upper()
        if verb.startswith("EHLO"):
            say("250-sink" if options.cert and not secure else "250 sink")
            if options.cert and not secure:
                say("250 STARTTLS")
        elif verb == "STARTTLS" and options.cert:
            say("220 go on")
            await writer.drain()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(options.cert)
            await writer.start_tls(context) if hasattr(writer, "start_tls") else None
            envelope["tls"] = secure = True
        elif verb.startswith("MAIL FROM:"):
            if refuses():
                say("451 try later")
                continue
            envelope["from"] = line[10:]
            say("250 ok")
        elif verb.startswith("RCPT TO:"):
            envelope["to"].append(line[8:])
            say("250 ok")
        elif verb == "DATA":
            say("354 go on")
            body = (await reader.readuntil(b"\r\n.\r\n"))[:-5].decode()
            keep(envelope, body)
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            break
        else:
            say("250 ok")
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(http if options.kind == "http" else smtp, "127.0.0.1", 0)
    with open(options.ready, "w", encoding="utf-8") as ready:
        ready.write(str(server.sockets[0].getsockname()[1]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
