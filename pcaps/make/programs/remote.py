#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The first words of remote-access protocols, both ends: what goes over the wire before anybody has logged in.

    remote.py serve rdp|vnc|ssh PORT
    remote.py call rdp|vnc|ssh SOURCE HOST PORT     SOURCE: an address of this host, or "" for any
"""
import socket
import socketserver
import sys

COOKIE = b"Cookie: mstshash=operator\r\n"
REQUEST = b"\xe0\0\0\0\0\0" + COOKIE + b"\x01\0\x08\0\x03\0\0\0"  # X.224 connection request: TLS or CredSSP, please
CONFIRM = b"\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x02\0\0\0"


def tpkt(body):
    return b"\x03\0" + (len(body) + 5).to_bytes(2, "big") + bytes([len(body)]) + body


# What each end says, client first where the protocol has it so.
TALK = {
    "rdp": [("client", tpkt(REQUEST)), ("server", tpkt(CONFIRM))],
    "vnc": [("server", b"RFB 003.008\n"), ("client", b"RFB 003.008\n"), ("server", b"\x01\x02"), ("client", b"\x02"), ("server", bytes(16)),
            ("client", bytes(16)), ("server", bytes(4))],
    "web": [("client", b"GET / HTTP/1.0\r\nUser-Agent: Mozilla/5.0\r\n\r\n"), ("server", b"")],
    "ssh": [("server", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), ("client", b"SSH-2.0-OpenSSH_9.6\r\n")],
}


def talk(connection, me, protocol):
    for speaker, words in TALK[protocol]:
        if speaker == me:
            connection.sendall(words)
        elif not connection.recv(4096):
            sys.exit("the other end hung up")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        talk(self.request, "server", sys.argv[2])
        self.request.recv(4096)


if sys.argv[1] == "serve":
    Server(("", int(sys.argv[3])), Session).serve_forever()
source, host, port = sys.argv[3:]
with socket.create_connection((host, int(port)), 5, (source, 0)) as server:
    talk(server, "client", sys.argv[2])
