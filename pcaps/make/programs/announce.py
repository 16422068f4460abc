#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Announce a host name by multicast DNS (RFC 6762), as a device does when it comes up.

    announce.py ADDRESS NAME
"""
import socket
import struct
import sys

address, name = sys.argv[1:]
OWNER = bytes([len(name)]) + name.encode() + b"\x05local\0"
RECORD = OWNER + struct.pack("!HHIH", 1, 0x8001, 120, 4) + socket.inet_aton(address)  # A, cache flush
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as group:
    group.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    group.bind((address, 5353))
    group.sendto(struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + RECORD, ("224.0.0.251", 5353))
