#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ask for an address by DHCP (RFC 2131): discover and request, with a host name. The lease is not used.

    lease.py INTERFACE NAME
"""
import socket
import struct
import sys

interface, name = sys.argv[1:]
with open(f"/sys/class/net/{interface}/address") as file:
    MAC = bytes.fromhex(file.read().strip().replace(":", ""))
COOKIE, NUMBER = bytes([99, 130, 83, 99]), 0x5EED0037


def message(kind, *options):
    head = struct.pack("!BBBBIHH16x", 1, 1, 6, 0, NUMBER, 0, 0x8000) + MAC.ljust(16, b"\0") + bytes(192)
    said = [(53, bytes([kind])), (12, name.encode()), (60, b"udhcp 1.36.1"), (55, bytes([1, 3, 6, 12, 15])), *options]
    return head + COOKIE + b"".join(bytes([code, len(value)]) + value for code, value in said) + b"\xff"


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    client.settimeout(5)
    client.bind(("", 68))
    client.sendto(message(1), ("255.255.255.255", 67))
    offer = client.recv(2048)
    server = offer[offer.index(b"\x36\x04", 240) + 2:][:4]
    client.sendto(message(3, (50, offer[16:20]), (54, server)), ("255.255.255.255", 67))
    client.recv(2048)
