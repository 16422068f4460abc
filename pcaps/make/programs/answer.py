#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server that answers each message with one fixed line.

    answer.py PORT LINE [CERTIFICATE KEY]     plain TCP, or TLS when a certificate is given
    answer.py PORT LINE ::                    plain TCP, IPv6 too
"""
import socket
import socketserver
import ssl
import sys


class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(4096):
            self.request.sendall(sys.argv[2].encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def get_request(self):
        connection, peer = super().get_request()
        if len(sys.argv) > 3:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[3], sys.argv[4])
            connection = context.wrap_socket(connection, server_side=True)
        return connection, peer


if "::" in sys.argv:
    Server.address_family = socket.AF_INET6
    sys.argv.remove("::")
Server(("", int(sys.argv[1])), Answer).serve_forever()
