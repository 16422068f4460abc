#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Talk that has the records of TLS and nothing else of it. The content is invented.

    masquerade.py serve PORT
    masquerade.py call HOST PORT data|hello

`data`: application data at once. `hello`: a true ClientHello first, made by Python's ssl; the answer is no ServerHello.
"""
import socket
import socketserver
import ssl
import struct
import sys


def record(content, kind=23):
    return struct.pack(">BHH", kind, 0x0303, len(content)) + content


def client_hello(name):
    out = ssl.MemoryBIO()
    wish = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try:
        wish.do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    sys.exit("no hello")


class Master(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(4096):
            self.request.sendall(record(b"\x5a" * 48))


if sys.argv[1] == "serve":
    socketserver.TCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer(("", int(sys.argv[2])), Master).serve_forever()
with socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=5) as master:
    master.sendall(client_hello("www.example.com") if sys.argv[4] == "hello" else record(b"\xa5" * 64))
    master.recv(4096)
    master.sendall(record(b"\xa5" * 200))
    master.recv(4096)
