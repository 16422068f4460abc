#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Keep one connection to a TCP server: each line that comes by standard input is said there.

    hold.py HOST PORT
"""
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as server:
    for line in sys.stdin:
        server.sendall(line.encode())
        server.recv(4096)
