#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Talk that has the records of TLS and nothing else of it. The content is invented.

    masquerade.py serve PORT [CERTIFICATE KEY]
    masquerade.py call HOST PORT data|hello

`data`: application data at once. `hello`: a true ClientHello first, made by Python's ssl; the answer is no ServerHello. With a certificate
the answer is a true first flight of TLS 1.2 and random bytes behind it, and nobody exchanges keys.
"""
import random
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


def first_flight(hello):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*sys.argv[3:5])
    came, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    came.write(hello)
    try:
        context.wrap_bio(came, out, server_side=True).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    sys.exit("no flight")


class Master(socketserver.BaseRequestHandler):
    def handle(self):
        if len(sys.argv) > 3:
            self.request.sendall(first_flight(self.request.recv(4096)) + random.Random(30).randbytes(600))
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
