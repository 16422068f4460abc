# SPDX-License-Identifier: Apache-2.0
"""wrap.py - encapsulations. Each takes (kind, bytes), kind one of ip (bare IP), eth (an Ethernet frame), and gives the same.

`way` tells the direction: True from the conversation's client, so that the outer tuple has two directions as on a wire.
"""
import struct

from talk import ip4, ip6, udp

A4, B4 = "192.0.2.1", "192.0.2.2"
A6, B6 = "2001:db8:f::1", "2001:db8:f::2"
MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def ends(way, version):
    a, b = (A4, B4) if version == 4 else (A6, B6)
    return (a, b) if way else (b, a)


def ether_type(packet):
    return 0x0800 if packet[0] >> 4 == 4 else 0x86DD


def frame(way, item):
    """An Ethernet frame of it."""
    kind, data = item
    if kind == "eth":
        return data
    macs = MAC_B + MAC_A if way else MAC_A + MAC_B
    return macs + struct.pack("!H", ether_type(data)) + data


def tagged(tag_type, tag, inner=None):
    """Puts a tag behind the MAC addresses."""
    def step(way, item):
        whole = frame(way, item)
        return "eth", whole[:12] + struct.pack("!H", tag_type) + tag + whole[12:]
    return step


def vlan(number, kind=0x8100):
    return tagged(kind, struct.pack("!H", number))


def behind(kind, head):
    """Ethernet, then `head`, then bare IP."""
    def step(way, item):
        data = head(item[1]) if callable(head) else head + item[1]
        return "eth", frame(way, ("ip", b"\x45"))[:12] + struct.pack("!H", kind) + data
    return step


def whole_behind(kind, head):
    """Ethernet, then `head`, then the whole inner frame."""
    def step(way, item):
        return "eth", frame(way, ("ip", b"\x45"))[:12] + struct.pack("!H", kind) + head + frame(way, item)
    return step


def mpls(*labels, ethernet=None):
    stack = b"".join(struct.pack("!I", label << 12 | (0x100 if i == len(labels) - 1 else 0) | 64) for i, label in enumerate(labels))
    return whole_behind(0x8847, stack + ethernet) if ethernet is not None else behind(0x8847, stack)


def pppoe(way, item):
    protocol = 0x0021 if item[1][0] >> 4 == 4 else 0x0057
    body = struct.pack("!H", protocol) + item[1]
    return behind(0x8864, struct.pack("!BBHH", 0x11, 0, 7, len(body)) + body[:2])(way, item)


def metadata(way, item):
    return tagged(0x8909, bytes.fromhex("010100010007"))(way, item)


def nsh(way, item):
    return behind(0x894F, lambda data: struct.pack("!HBBII", 0x0FC6, 1, 1 if data[0] >> 4 == 4 else 2, 0x12FF, 0)[:8] + bytes(16) + data)(way, item)


def over_ip(proto, body, version=4):
    def step(way, item):
        src, dst = ends(way, version)
        data = body(way, item)
        return "ip", (ip4 if version == 4 else ip6)(src, dst, proto, data)
    return step


def in_ip(version=4):
    """The inner packet directly: IP in IP, 6in4, 4in6, 6in6."""
    def step(way, item):
        return over_ip(4 if item[1][0] >> 4 == 4 else 41, lambda w, i: i[1], version)(way, item)
    return step


def gre(version=4, key=False, sequence=False, check=False, ethernet=False, wccp=False):
    def body(way, item):
        flags = (0x2000 if key else 0) | (0x1000 if sequence else 0) | (0x8000 if check else 0)
        data = frame(way, item) if ethernet else item[1]
        kind = 0x6558 if ethernet else 0x883E if wccp else ether_type(data)
        head = struct.pack("!HH", flags, kind) + (bytes(4) if check else b"") + (b"\0\0\1\0" if key else b"") + (b"\0\0\0\7" if sequence else b"")
        return head + (bytes(4) if wccp else b"") + data
    return over_ip(47, body, version)


def pptp(way, item):
    body = b"\xff\x03\x00\x21" + item[1]
    return over_ip(47, lambda w, i: struct.pack("!HHHHII", 0x3081, 0x880B, len(body), 5, 9, 8) + body)(way, item)


def erspan(kind, version=4):
    def body(way, item):
        data = frame(way, item)
        if kind == 1:
            return struct.pack("!HH", 0, 0x88BE) + data
        if kind == 2:
            return struct.pack("!HHI", 0x1000, 0x88BE, 5) + struct.pack("!HHI", 0x1000 | 77, 0x0001, 2) + data
        return struct.pack("!HHI", 0x1000, 0x22EB, 5) + struct.pack("!HHIHBB", 0x2000 | 77, 1, 12345, 0, 0, 1) + bytes(8) + data
    return over_ip(47, body, version)


def over_udp(port, body, version=4, source=50000):
    def step(way, item):
        src, dst = ends(way, version)
        return "ip", udp(src, dst, source, port, body(way, item))
    return step


def vxlan(version=4, port=4789):
    return over_udp(port, lambda way, item: bytes.fromhex("0800000000002a00") + frame(way, item), version)


def gpe(version=4):
    return over_udp(4790, lambda way, item: bytes([0x0C, 0, 0, 1 if item[1][0] >> 4 == 4 else 2]) + b"\0\0\x2a\0" + item[1], version)


def gpe_nsh(way, item):
    inner = struct.pack("!HBBII", 0x0FC6, 1, 3, 0x12FF, 0)[:8] + bytes(16) + frame(way, item)
    return over_udp(4790, lambda w, i: bytes([0x0C, 0, 0, 4]) + b"\0\0\x2a\0" + inner)(way, item)


def geneve(version=4, options=b"", bare=False):
    def body(way, item):
        head = struct.pack("!BBHI", len(options) // 4, 0, ether_type(item[1]) if bare else 0x6558, 0x2A00)
        return head + options + (item[1] if bare else frame(way, item))
    return over_udp(6081, body, version)


def gtp(version=4, extension=False, sequence=False):
    def body(way, item):
        more = b"\0\0\0\x85\x01\x10\x09\x00" if extension else b"\0\7\0\0" if sequence else b""
        flags = 0x34 if extension else 0x32 if sequence else 0x30
        return struct.pack("!BBHI", flags, 255, len(more) + len(item[1]), 99) + more + item[1]
    return over_udp(2152, body, version, source=2152)


def teredo(authentication=False, origin=False):
    head = (b"\0\1\4\6abcd123456" + bytes(8) + b"\0" if authentication else b"") + (b"\0\0\x12\x34\1\2\3\4" if origin else b"")
    return over_udp(3544, lambda way, item: head + item[1])


def tzsp(way, item):
    return over_udp(37008, lambda w, i: b"\1\0\0\1\x0a\1\5\1" + frame(w, i))(way, item)


def l2tp(length=True, sequence=False):
    def body(way, item):
        data = b"\xff\x03" + (b"\0\x21" if item[1][0] >> 4 == 4 else b"\0\x57") + item[1]
        flags = 2 | (0x4000 if length else 0) | (0x0800 if sequence else 0)
        middle = struct.pack("!HH", 5, 6) + (struct.pack("!HH", 1, 2) if sequence else b"")
        size = struct.pack("!H", 4 + len(middle) + len(data)) if length else b""
        return struct.pack("!H", flags) + size + middle + data
    return over_udp(1701, body, source=1701)


def l2tp3(way, item):
    return over_ip(115, lambda w, i: b"\0\0\0\x2a" + bytes(4) + frame(w, i))(way, item)


def etherip(version=4):
    return over_ip(97, lambda way, item: b"\x30\0" + frame(way, item), version)


def mpls_in_ip(way, item):
    return over_ip(137, lambda w, i: struct.pack("!I", 100 << 12 | 0x140) + i[1])(way, item)


def srv6(way, item):
    return over_ip(143, lambda w, i: frame(w, i), 6)(way, item)


def capwap(way, item):
    return over_udp(5247, lambda w, i: bytes.fromhex("0010020000000000") + frame(w, i))(way, item)


def dot11(way, data, qos=False, protected=False, four=False):
    """An 802.11 data frame to or from the access point."""
    flags = (0x03 if four else 0x01 if way else 0x02) | (0x40 if protected else 0)
    head = bytes([0x88 if qos else 0x08, flags, 0, 0]) + MAC_A + MAC_B + MAC_A + b"\x10\0" + (MAC_B if four else b"") + (b"\0\0" if qos else b"")
    return head + b"\xaa\xaa\x03\0\0\0" + struct.pack("!H", ether_type(data)) + data


def capwap_wifi(way, item):
    return over_udp(5247, lambda w, i: bytes.fromhex("0010030000000000")[:2] + b"\x03\0" + bytes(4) + dot11(w, i[1]))(way, item)


def snap(way, item):
    whole = frame(way, item)
    body = b"\xaa\xaa\x03\0\0\0" + whole[12:]
    return "eth", whole[:12] + struct.pack("!H", len(body)) + body


def authenticated(way, item):
    """IPsec AH in transport mode: between the IP header and what it carries."""
    data = item[1]
    if data[0] >> 4 == 4:
        size = (data[0] & 15) * 4
        ah = struct.pack("!BBHII", data[9], 4, 0, 1, 1) + bytes(12)
        head = bytearray(data[:size])
        head[9] = 51
        head[2:4] = struct.pack("!H", len(data) + len(ah))
        return "ip", bytes(head) + ah + data[size:]
    ah = struct.pack("!BBHII", data[6], 4, 0, 1, 1) + bytes(12)
    return "ip", data[:4] + struct.pack("!HB", len(data) - 40 + len(ah), 51) + data[7:40] + ah + data[40:]


def extensions(way, item):
    """IPv6 hop-by-hop, routing, destination options and an atomic fragment header."""
    data = item[1]
    chain = b"\x2b\0\1\4\0\0\0\0" + b"\x3c\0\4\0\0\0\0\0" + b"\x2c\0\1\4\0\0\0\0" + bytes([data[6]]) + b"\0\0\0\0\0\0\7"
    return "ip", data[:4] + struct.pack("!HB", len(data) - 40 + len(chain), 0) + data[7:40] + chain + data[40:]


def macsec(clear):
    """A SecTAG; with `clear` the frame is only authenticated, else encrypted."""
    def step(way, item):
        whole = frame(way, item)
        tag = struct.pack("!BBI", 0x20 if clear else 0x2C, 0, 7) + bytes(8)
        body = whole[12:] if clear else bytes(b ^ 0xA5 for b in whole[12:])
        return "eth", whole[:12] + b"\x88\xe5" + tag + body + bytes(16)
    return step
