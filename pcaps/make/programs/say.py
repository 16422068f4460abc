#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Say lines to a TCP server, wait for the answer to each.

    say.py HOST PORT LINE...
"""
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as server:
    for line in sys.argv[3:]:
        server.sendall(line.encode() + b"\n")
        if not server.recv(4096):
            sys.exit("the server hung up")
