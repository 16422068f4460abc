#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""JSON objects behind a length of four bytes over plain TCP, as a remote shell speaks them. Nothing is run.

    shell.py serve PORT
    shell.py call HOST PORT
"""
import json
import socket
import socketserver
import struct
import sys


def send(peer, **members):
    data = json.dumps(members).encode()
    peer.sendall(struct.pack(">I", len(data)) + data)


def receive(peer):
    size = peer.recv(4, socket.MSG_WAITALL)
    return size and json.loads(peer.recv(struct.unpack(">I", size)[0], socket.MSG_WAITALL))


class Master(socketserver.BaseRequestHandler):
    def handle(self):
        for order in ("whoami", "ls"):
            if not receive(self.request):
                return
            send(self.request, code=1, args={"cmd": order})
        receive(self.request)


if sys.argv[1] == "serve":
    socketserver.TCPServer.allow_reuse_address = True
    socketserver.ThreadingTCPServer(("", int(sys.argv[2])), Master).serve_forever()
with socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=5) as master:
    send(master, code=0, args={"type": "9401", "uts": "dev-lnx-41"})
    for out in ("anna", "invented.txt"):
        receive(master)
        send(master, code=1, args={"output": out})
