#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds for the fuzz targets of decode/ and dissect/ out of captures.

    seeds_dissect.py OUT CAPTURE...      writes OUT/decode, dissect, dns, http, openvpn, quic, tls, tls_certificate

Reads Ethernet and raw IPv4; everything else is passed over. One seed per flow, of its first packets (of decode:
per capture, its first frames), in the form that the fuzz targets describe in their head comments.
"""
import collections
import hashlib
import pathlib
import struct
import sys
import zlib

PACKETS_MAX = 24


def frames(data):
    """(link type, frame) of a pcap file, or of a little-endian pcapng file with one interface."""
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        yield from blocks(data)
        return
    order = {0xa1b2c3d4: "<", 0xa1b23c4d: "<", 0xd4c3b2a1: ">", 0x4d3cb2a1: ">"}.get(struct.unpack("<I", data[:4])[0])
    if not order or len(data) < 24:
        return
    link = struct.unpack(order + "I", data[20:24])[0]
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def blocks(data):
    at, link = 0, 1
    while at + 32 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 1:
            link = struct.unpack_from("<H", data, at + 8)[0]
        elif kind == 6:
            yield link, data[at + 28:at + 28 + struct.unpack_from("<I", data, at + 20)[0]]
        at += max(size, 12)


def transport(link, frame):
    """(key, end, TCP flags, sequence number, payload) or None."""
    start = {1: 14, 101: 0, 113: 16, 12: 0}.get(link)
    if start is None or len(frame) < start + 20 or (link == 1 and frame[12:14] != b"\x08\x00"):
        return None
    ip = frame[start:]
    head = (ip[0] & 15) * 4
    if ip[0] >> 4 != 4 or struct.unpack(">H", ip[6:8])[0] & 0x1fff:
        return None
    body = ip[head:max(struct.unpack(">H", ip[2:4])[0], 20)]
    if ip[9] not in (6, 17) or len(body) < (20 if ip[9] == 6 else 8):
        return None
    ends = (ip[12:16] + body[0:2], ip[16:20] + body[2:4])
    end = 0 if ends[0] <= ends[1] else 1
    if ip[9] == 17:
        return (17,) + tuple(sorted(ends)), end, 0, 0, body[8:]
    return (6,) + tuple(sorted(ends)), end, body[13], struct.unpack(">I", body[4:8])[0], body[(body[12] >> 4) * 4:]


def flows(paths):
    found = collections.OrderedDict()
    for path in paths:
        for link, frame in frames(pathlib.Path(path).read_bytes()):
            read = transport(link, frame)
            if read and (read[4] or read[2] & 2):
                packets = found.setdefault((path,) + read[0], [])
                if len(packets) < PACKETS_MAX:
                    packets.append(read[1:])
    return found


def dissect_seed(proto, packets, first_end):
    out = bytearray([1 if proto == 17 else 0])
    for end, flags, _, payload in packets:
        payload = payload[:2047]
        out += struct.pack("<BbbHB", (0x80 if end != first_end else 0) | (flags & 0x3f), 0, 0, len(payload), 0) + payload
    return bytes(out)


def tls_seed(proto, packets, first_end):
    out = bytearray([1 if proto == 17 else 0])
    for end, _, _, payload in packets:
        while payload:
            size = min(len(payload), 126 * 8) // 8 * 8
            piece, payload = (payload[:1], payload[1:]) if size == 0 else (payload[:size], payload[size:])
            out += bytes([(0x80 if end != first_end else 0) | (size // 8)]) + piece
    return bytes(out)


def dns_seed(message):
    return b"\0\0" + message


def http_seed(packets, first_end):
    """Both directions, in pieces."""
    out = bytearray([2])
    for end, _, _, payload in packets:
        for at in range(0, len(payload), 253):
            piece = payload[at:at + 253]
            size = (len(piece) + 2) // 4
            out += bytes([(0x80 if end != first_end else 0) | size]) + piece.ljust(size * 4 + 1, b" ")
    return bytes(out)


def quic_seed(packets, first_end):
    out = bytearray()
    for end, _, _, payload in packets:
        out += bytes([(0x80 if end != first_end else 0) | 0x40]) + struct.pack(">H", len(payload) & 0xfff) + payload[:0xfff]
    return bytes(out)


def openvpn_seed(stream):
    """A direction's TLS as OpenVPN carries it."""
    out, session = bytearray(b"\0\0\0"), b"sessions"
    reset = bytes([7 << 3]) + session + b"\0" + struct.pack(">I", 0)
    out += struct.pack(">H", len(reset)) + reset
    for number, at in enumerate(range(0, min(len(stream), 4000), 100), 1):
        packet = bytes([4 << 3]) + session + b"\0" + struct.pack(">I", number) + stream[at:at + 100]
        out += struct.pack(">H", len(packet)) + packet
    return bytes(out)


def decode_seed(path):
    """The first frames that are short enough; 0 is Ethernet and 2 is raw IP in the target's list."""
    kinds = {1: 0, 12: 2, 101: 2, 113: 4}
    short = [(kinds[link], frame) for link, frame in frames(pathlib.Path(path).read_bytes()) if link in kinds and len(frame) < 256]
    return b"".join(bytes([kind, 0, 0, len(frame)]) + frame for kind, frame in short[:40])


def certificates(stream):
    at = stream.find(b"\x30\x82")
    while at >= 0:
        size = struct.unpack(">H", stream[at + 2:at + 4].ljust(2, b"\0"))[0] + 4
        if stream[at + 4:at + 6] == b"\x30\x82" and at + size <= len(stream):
            yield stream[at:at + size]
            at += size - 1
        at = stream.find(b"\x30\x82", at + 1)


def write(folder, seed):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    for key, packets in flows(sys.argv[2:]).items():
        first_end = packets[0][0]
        write(out / "dissect", dissect_seed(key[1], packets, first_end))
        streams = [b"".join(p[3] for p in packets if p[0] == end) for end in (0, 1)]
        ports = {struct.unpack(">H", side[-2:])[0] for side in key[2:]}
        if any(p[3][:1] == b"\x16" for p in packets):
            write(out / "tls", tls_seed(key[1], packets, first_end))
            write(out / "openvpn", openvpn_seed(streams[first_end]))
        if any(b" HTTP/1" in p[3][:2000] for p in packets):
            write(out / "http", http_seed(packets, first_end))
            write(out / "http", b"\0" + streams[first_end])
            write(out / "http", b"\1" + streams[1 - first_end])
            for wbits in (31, 15, -15):  # gzip, zlib, neither
                pack = zlib.compressobj(wbits=wbits)
                write(out / "http", b"\4" + pack.compress(streams[1 - first_end][:3000]) + pack.flush())
        if key[1] == 17 and 53 in ports:
            for packet in packets[:4]:
                write(out / "dns", dns_seed(packet[3]))
        if key[1] == 17 and 443 in ports:
            write(out / "quic", quic_seed(packets, first_end))
        for stream in streams:
            for der in certificates(stream):
                write(out / "tls_certificate", der)
    for path in sys.argv[2:]:
        write(out / "decode", decode_seed(path))


main()
