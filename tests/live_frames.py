#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures to replay into an interface: conversations of which both directions, and all fragments, must come to one packet thread.

    tests/live_frames.py KIND FILE [FLOWS [VLAN ...]]

KIND: plain4, plain6, fragments4, fragments6 (one direction comes in pieces), vxlan (each direction under ports of its own). VLAN: ids of tags,
outer first.
"""
import struct
import sys


def checksum(data):
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(ip, vlans=()):
    tags = b''.join(struct.pack('>HH', 0x8100, vlan) for vlan in vlans)
    return b'\2\0\0\0\0\1\2\0\0\0\0\2' + tags + (b'\x08\0' if ip[0] >> 4 == 4 else b'\x86\xdd') + ip


def ip4(source, destination, payload, ident=1, offset=0, more=False, proto=17):
    head = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident, (more << 13) | offset // 8, 64, proto, 0, source, destination)
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


def ip6(source, destination, payload, proto=17):
    return struct.pack('>IHBB', 6 << 28, len(payload), proto, 64) + source + destination + payload


def udp(source, destination, payload):
    return struct.pack('>HHHH', source, destination, 8 + len(payload), 0) + payload


def host4(n):
    return struct.pack('>I', 0x0a000000 + n)


def host6(n):
    return b'\x20\x01\x0d\xb8' + b'\0' * 8 + struct.pack('>I', n)


def fragments4(source, destination, datagram, ident):
    parts = [datagram[at:at + 1200] for at in range(0, len(datagram), 1200)]
    for i, part in enumerate(parts):
        yield ip4(source, destination, part, ident, i * 1200, i + 1 < len(parts))


def fragments6(source, destination, datagram, ident):
    parts = [datagram[at:at + 1200] for at in range(0, len(datagram), 1200)]
    for i, part in enumerate(parts):
        head = struct.pack('>BBHI', 17, 0, i * 1200 | (i + 1 < len(parts)), ident)
        yield ip6(source, destination, head + part, 44)


def vxlan(source, destination, port, frame):
    return ip4(source, destination, udp(port, 4789, b'\x08\0\0\0\0\0\x07\0' + frame))


def conversation(kind, n):
    """A question and an answer of flow `n`, as IP packets."""
    port, host = 20000 + n, 1 + n % 7
    question, answer = udp(port, 7777, b'question %d' % n), udp(7777, port, b'answer' * 500)
    short = udp(7777, port, b'answer')
    if kind == 'plain4':
        return [ip4(host4(host), host4(200), question, n), ip4(host4(200), host4(host), short, n)]
    if kind == 'plain6':
        return [ip6(host6(host), host6(200), question), ip6(host6(200), host6(host), short)]
    if kind == 'fragments4':
        return [ip4(host4(host), host4(200), question, n), *fragments4(host4(200), host4(host), answer, n)]
    if kind == 'fragments6':
        return [ip6(host6(host), host6(200), question), *fragments6(host6(200), host6(host), answer, n)]
    there, back = ethernet(ip4(host4(host), host4(200), question, n)), ethernet(ip4(host4(200), host4(host), short, n))
    return [vxlan(host4(1001), host4(1002), 50000 + n, there), vxlan(host4(1002), host4(1001), 40000 + n, back)]


def main():
    kind, path = sys.argv[1:3]
    flows = int(sys.argv[3]) if len(sys.argv) > 3 else 64
    vlans = [int(word) for word in sys.argv[4:]]
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        packets = [p for n in range(flows) for p in conversation(kind, n)]
        for i, packet in enumerate(packets):
            frame = ethernet(packet, vlans)
            out.write(struct.pack('<IIII', 1700000000 + i // 1000, i % 1000 * 1000, len(frame), len(frame)) + frame)
    print(len(packets))


if __name__ == '__main__':
    main()
