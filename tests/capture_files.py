# SPDX-License-Identifier: Apache-2.0
"""Capture files in every form: reads a classic pcap into frames, writes frames as pcap and pcapng of any kind. For tests."""
import struct

MAGIC = {"us": 0xa1b2c3d4, "ns": 0xa1b23c4d, "modified": 0xa1b2cd34}


def read_pcap(path):
    """[(time in ns, bytes)] of a little-endian microsecond file."""
    raw = open(path, "rb").read()
    assert raw[:4] == b"\xd4\xc3\xb2\xa1", path
    at, frames = 24, []
    while at < len(raw):
        seconds, micro, size, _ = struct.unpack_from("<IIII", raw, at)
        frames.append((seconds * 10**9 + micro * 1000, raw[at + 16:at + 16 + size]))
        at += 16 + size
    return frames


def pcap(frames, kind="us", order="<", link=1):
    out = [struct.pack(order + "IHHIIII", MAGIC[kind], 2, 4, 0, 0, 262144, link)]
    for ns, data in frames:
        tick = 1 if kind == "ns" else 1000
        out.append(struct.pack(order + "IIII", ns // 10**9, ns % 10**9 // tick, len(data), len(data)))
        out.append(struct.pack(order + "IHBB", 1, 0x0800, 0, 0) if kind == "modified" else b"")
        out.append(data)
    return b"".join(out)


def block(kind, body, order="<"):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def section(order="<", options=b""):
    return block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1) + options, order)


def interface(order="<", link=1, name=None, resolution=None, offset=None, snaplen=0):
    options = option(2, name.encode(), order) if name is not None else b""
    options += option(9, bytes([resolution]), order) if resolution is not None else b""
    options += option(14, struct.pack(order + "q", offset), order) if offset is not None else b""
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options + (option(0, b"", order) if options else b""), order)


def ticks(ns, resolution=None, offset=None):
    """The time stamp of a packet block; binary resolutions are rounded up, so that whole microseconds come back."""
    ns -= (offset or 0) * 10**9
    resolution = 6 if resolution is None else resolution
    if resolution & 0x80:
        return -(-ns * 2 ** (resolution & 0x7f) // 10**9)
    return ns * 10**resolution // 10**9


def packet(stamp, data, order="<", number=0, options=b"", wire=None):
    return block(6, struct.pack(order + "IIIII", number, stamp >> 32, stamp & 0xffffffff, len(data), wire or len(data)) +
                 data + b"\0" * (-len(data) % 4) + options, order)


def old_packet(stamp, data, order="<", number=0):
    return block(2, struct.pack(order + "HHIIII", number, 0, stamp >> 32, stamp & 0xffffffff, len(data), len(data)) + data, order)


def pcapng(frames, order="<", link=1, name=None, resolution=None, offset=None):
    out = [section(order), interface(order, link, name, resolution, offset)]
    out += [packet(ticks(ns, resolution, offset), data, order) for ns, data in frames]
    return b"".join(out)


def between(order="<"):
    """What may stand between packets and is none: names, statistics, secrets, a custom block, an unknown one, a comment."""
    return (block(4, struct.pack(order + "HH", 0, 0), order) + block(5, struct.pack(order + "III", 0, 1, 2), order) +
            block(10, struct.pack(order + "II", 0x544c534b, 6) + b"secret", order) +
            block(0xbad, struct.pack(order + "I", 32473) + b"custom", order) + block(0x7777, b"?" * 5000, order))
