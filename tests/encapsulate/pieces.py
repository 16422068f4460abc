# SPDX-License-Identifier: Apache-2.0
"""pieces.py - IP fragments in the orders and overlaps in which they come, and headers of capture tools (link types)."""
import struct

from wrap import MAC_A, MAC_B, dot11, ether_type, frame
from talk import checksum

ident = [0x6000]


def split(size, order=None, overlap=False, twice=False):
    """Every IP packet longer than `size` bytes of payload becomes fragments. A step like those of wrap.py, but to a list."""
    def step(way, item):
        data = item[1]
        cut = split4 if data[0] >> 4 == 4 else split6
        parts = cut(data, size, overlap)
        if order and len(parts) > 1:
            parts = order(parts)
        if twice and len(parts) > 1:
            parts = [parts[0]] + parts
        return [("ip", p) for p in parts]
    return step


def places(body, size, overlap):
    """(offset, bytes, more). Overlapping: from the second on each piece begins 16 bytes early, with the same bytes."""
    out = []
    for at in range(0, len(body), size):
        begin = at - 16 if overlap and at else at
        out.append((begin, body[begin:at + size], at + size < len(body)))
    return out


def split4(data, size, overlap):
    head, body = data[:20], data[20:]
    if len(body) <= size:
        return [data]
    ident[0] += 1
    out = []
    for at, piece, more in places(body, size, overlap):
        h = head[:2] + struct.pack("!HHH", 20 + len(piece), ident[0], (0x2000 if more else 0) | at // 8) + head[8:10] + b"\0\0" + head[12:]
        out.append(h[:10] + struct.pack("!H", checksum(h)) + h[12:] + piece)
    return out


def split6(data, size, overlap):
    head, body = data[:40], data[40:]
    if len(body) <= size:
        return [data]
    ident[0] += 1
    out = []
    for at, piece, more in places(body, size, overlap):
        header = struct.pack("!BBHI", head[6], 0, at | more, ident[0])
        out.append(head[:4] + struct.pack("!HB", len(piece) + 8, 44) + head[7:] + header + piece)
    return out


def backwards(parts):
    return parts[::-1]


def last_first(parts):
    return parts[-1:] + parts[:-1]


# ------------------------------------------------------------------------------------------------- link types
def family(data, order):
    return struct.pack(order + "I", 2 if data[0] >> 4 == 4 else 10)


def radiotap(padded):
    """Flags field with the bit for a padded header, behind a time stamp."""
    flags = 0x20 if padded else 0
    return struct.pack("<BBHIQB", 0, 0, 17, 0x3, 1234, flags)


def padded_dot11(way, data):
    whole = dot11(way, data, qos=True)
    return whole[:26] + b"\0\0" + whole[26:]


def nflog(data):
    def attribute(kind, body):
        return struct.pack("<HH", 4 + len(body), kind) + body + bytes(-len(body) % 4)
    return struct.pack("!BBH", 2 if data[0] >> 4 == 4 else 10, 0, 0) + attribute(1, b"\x08\0\1\0") + attribute(10, b"haetae\0") + attribute(9, data)


def ppp(data):
    return b"\0\x21" if data[0] >> 4 == 4 else b"\0\x57"


# name -> (number in the file, way and bare IP packet -> bytes)
LINKS = {
    "ethernet": (1, lambda way, p: frame(way, ("ip", p))),
    "raw": (101, lambda way, p: p),
    "raw-openbsd": (14, lambda way, p: p),
    "ipv4": (228, lambda way, p: p),
    "ipv6": (229, lambda way, p: p),
    "sll": (113, lambda way, p: struct.pack("!HHH", 0 if way else 4, 1, 6) + MAC_A + b"\0\0" + struct.pack("!H", ether_type(p)) + p),
    "sll2": (276, lambda way, p: struct.pack("!HHIHBB", ether_type(p), 0, 3, 1, 0, 6) + MAC_A + b"\0\0" + p),
    "sll-vlan": (113, lambda way, p: struct.pack("!HHH", 0, 1, 6) + MAC_A + b"\0\0\x81\0\0\x07" + struct.pack("!H", ether_type(p)) + p),
    "null": (0, lambda way, p: family(p, "<") + p),
    "null-big-endian": (0, lambda way, p: family(p, ">") + p),
    "loop": (108, lambda way, p: family(p, ">") + p),
    "ppp": (9, lambda way, p: b"\xff\3" + ppp(p) + p),
    "ppp-bare": (9, lambda way, p: ppp(p) + p),
    "ppp-serial": (50, lambda way, p: b"\xff\3" + ppp(p) + p),
    "ppp-pppd": (166, lambda way, p: b"\1\3" + ppp(p) + p),
    "ppp-with-direction": (204, lambda way, p: b"\1\xff\3" + ppp(p) + p),
    "ppp-over-ethernet": (51, lambda way, p: struct.pack("!BBHH", 0x11, 0, 7, 2 + len(p)) + ppp(p) + p),
    "cisco-hdlc": (104, lambda way, p: b"\x0f\0" + struct.pack("!H", ether_type(p)) + p),
    "mpls": (219, lambda way, p: b"\0\x06\x41\x40" + p),
    "802.11": (105, lambda way, p: dot11(way, p)),
    "802.11-qos": (105, lambda way, p: dot11(way, p, qos=True)),
    "802.11-four-addresses": (105, lambda way, p: dot11(way, p, four=True)),
    "radiotap": (127, lambda way, p: radiotap(False) + dot11(way, p)),
    "radiotap-padded": (127, lambda way, p: radiotap(True) + padded_dot11(way, p)),
    "prism": (119, lambda way, p: struct.pack("<II", 0x44, 144) + bytes(136) + dot11(way, p)),
    "avs": (163, lambda way, p: struct.pack("!II", 0x80211001, 64) + bytes(56) + dot11(way, p)),
    "ppi": (192, lambda way, p: struct.pack("<BBHI", 0, 0, 8, 105) + dot11(way, p)),
    "nflog": (239, lambda way, p: nflog(p)),
    "pflog": (117, lambda way, p: bytes([61, 2 if p[0] >> 4 == 4 else 24]) + bytes(62) + p),
    "enc": (109, lambda way, p: family(p, "<") + bytes(8) + p),
}
