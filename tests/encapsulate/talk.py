# SPDX-License-Identifier: Apache-2.0
"""talk.py - one conversation as IP packets: a DNS look-up and a TLS handshake, client and server, over IPv4 or IPv6.

Checksums are right and IP identifications differ, as hosts send them. Nothing is sent anywhere: packets are bytes.
"""
import socket
import struct

NAME = b"getstockprice.com"
V4 = ("10.20.30.40", "10.20.0.53", "203.0.113.77")
V6 = ("fd00:20:30::40", "fd00:20::53", "2001:db8:113::77")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


counter = [0x1000]


def ip4(src, dst, proto, body, frag=0, ident=None, options=b""):
    counter[0] = (counter[0] + 1) & 0xFFFF or 1
    ident = counter[0] if ident is None else ident
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, words * 4 + len(body), ident, frag, 64, proto, 0, packed(src), packed(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def ip6(src, dst, proto, body):
    return struct.pack("!IHBB16s16s", 0x60000000, len(body), proto, 64, packed(src), packed(dst)) + body


def ip(src, dst, proto, body):
    return (ip6 if ":" in src else ip4)(src, dst, proto, body)


def with_checksum(src, dst, proto, segment, at):
    length = struct.pack("!HH", proto, len(segment)) if ":" not in src else struct.pack("!II", len(segment), proto)
    total = checksum(packed(src) + packed(dst) + length + segment)
    return segment[:at] + struct.pack("!H", total or 0xFFFF) + segment[at + 2:]


def udp(src, dst, sport, dport, body):
    segment = struct.pack("!HHHH", sport, dport, 8 + len(body), 0) + body
    return ip(src, dst, 17, with_checksum(src, dst, 17, segment, 6))


def tcp(src, dst, sport, dport, seq, ack, flags, body=b""):
    segment = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 64240, 0, 0) + body
    return ip(src, dst, 6, with_checksum(src, dst, 6, segment, 16))


def dns_name(name):
    return b"".join(bytes([len(p)]) + p for p in name.split(b".")) + b"\0"


def client_hello(name, padding=700):
    def extension(kind, body):
        return struct.pack("!HH", kind, len(body)) + body

    sni = extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name)
    groups = extension(10, struct.pack("!HHH", 4, 29, 23))
    algorithms = extension(13, struct.pack("!HHH", 4, 0x0403, 0x0804))
    versions = extension(43, b"\x04\x03\x04\x03\x03")
    filler = extension(21, bytes(padding))
    extensions = filler + sni + groups + algorithms + versions
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + struct.pack("!HHH", 4, 0x1301, 0xC02F) + b"\1\0"
    body += struct.pack("!H", len(extensions)) + extensions
    message = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def server_hello():
    body = b"\x03\x03" + bytes(range(32, 64)) + b"\0" + struct.pack("!HB", 0xC02F, 0)
    message = b"\2" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x03" + struct.pack("!H", len(message)) + message


def talk(version=4):
    """-> packets, in order; client's and server's."""
    client, resolver, server = V4 if version == 4 else V6
    kind, data = (1, packed(V4[2])) if version == 4 else (28, packed(V6[2]))
    question = dns_name(NAME) + struct.pack("!HH", kind, 1)
    answer = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    out = [
        udp(client, resolver, 40053, 53, struct.pack("!6H", 0x1234, 0x0100, 1, 0, 0, 0) + question),
        udp(resolver, client, 53, 40053, struct.pack("!6H", 0x1234, 0x8180, 1, 1, 0, 0) + question + answer),
    ]
    hello, reply, a, b = client_hello(NAME), server_hello(), 1000, 9000
    out.append(tcp(client, server, 50443, 443, a, 0, 0x02))
    out.append(tcp(server, client, 443, 50443, b, a + 1, 0x12))
    out.append(tcp(client, server, 50443, 443, a + 1, b + 1, 0x10))
    for at in range(0, len(hello), 600):
        piece = hello[at:at + 600]
        out.append(tcp(client, server, 50443, 443, a + 1 + at, b + 1, 0x18, piece))
    a += 1 + len(hello)
    out.append(tcp(server, client, 443, 50443, b + 1, a, 0x18, reply))
    b += 1 + len(reply)
    out.append(tcp(client, server, 50443, 443, a, b, 0x11))
    out.append(tcp(server, client, 443, 50443, b, a + 1, 0x11))
    out.append(tcp(client, server, 50443, 443, a + 1, b + 1, 0x10))
    return out
