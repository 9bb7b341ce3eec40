#!/usr/bin/env python3
"""Clients that ask a server without end, more and more of them. usage: outage_load.py ADDRESS PORT CLIENTS SECONDS_UNTIL_ALL"""
import socket
import sys
import threading
import time

address, port, clients, ramp = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])


def ask():
    while True:
        try:
            with socket.create_connection((address, port), timeout=10) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                while connection.recv(4096):
                    pass
        except OSError:
            time.sleep(0.05)


for _ in range(clients):
    threading.Thread(target=ask, daemon=True).start()
    time.sleep(ramp / clients)
time.sleep(120)
