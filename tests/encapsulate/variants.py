# SPDX-License-Identifier: Apache-2.0
"""variants.py - which encapsulations are tried: name -> (version of the conversation, steps from the inside out, link type)."""
from pieces import LINKS, backwards, last_first, split
from wrap import *  # noqa: F403  the words of the table

AH, EXT = authenticated, extensions

ONE = {
    "vlan": [vlan(7)],
    "vlan-priority-only": [vlan(0)],
    "qinq": [vlan(7), vlan(100, 0x88A8)],
    "qinq-old-types": [vlan(7, 0x9100), vlan(100, 0x9200)],
    "vlan-three-tags": [vlan(7), vlan(8), vlan(100, 0x88A8)],
    "vlan-five-tags": [vlan(1), vlan(2), vlan(3), vlan(4), vlan(5, 0x88A8)],
    "802.1br-etag": [tagged(0x893F, bytes(6))],
    "vntag": [tagged(0x8926, b"\0\1\0\2")],
    "cisco-metadata": [metadata],
    "802.1ah": [whole_behind(0x88E7, b"\0\0\0\x2a")],
    "fabricpath": [whole_behind(0x8903, b"\0\1")],
    "hsr": [tagged(0x892F, b"\0\x40\0\7")],
    "macsec-authenticated": [macsec(True)],
    "snap": [snap],
    "pppoe": [pppoe],
    "mpls": [mpls(16)],
    "mpls-four-labels": [mpls(16, 17, 18, 19)],
    "mpls-explicit-null": [mpls(0)],
    "mpls-ethernet": [mpls(16, 17, ethernet=b"")],
    "mpls-ethernet-control-word": [mpls(16, 17, ethernet=bytes(4))],
    "nsh": [nsh],
    "ip-in-ip": [in_ip()],
    "4in6": [in_ip(6)],
    "gre": [gre()],
    "gre-key-sequence-checksum": [gre(key=True, sequence=True, check=True)],
    "gre-ethernet": [gre(ethernet=True)],
    "gre-over-ipv6": [gre(6)],
    "nvgre": [gre(key=True, ethernet=True)],
    "wccp": [gre(wccp=True)],
    "gre-version-1-pptp": [pptp],
    "erspan-1": [erspan(1)],
    "erspan-2": [erspan(2)],
    "erspan-3": [erspan(3)],
    "erspan-2-over-ipv6": [erspan(2, 6)],
    "etherip": [etherip()],
    "etherip-over-ipv6": [etherip(6)],
    "l2tp-version-3": [l2tp3],
    "mpls-in-ip": [mpls_in_ip],
    "segment-routing": [srv6],
    "vxlan": [vxlan()],
    "vxlan-linux-port": [vxlan(port=8472)],
    "vxlan-over-ipv6": [vxlan(6)],
    "vxlan-gpe": [gpe()],
    "vxlan-gpe-nsh": [gpe_nsh],
    "geneve": [geneve()],
    "geneve-options": [geneve(options=bytes(8))],
    "geneve-bare-ip": [geneve(bare=True)],
    "gtp-u": [gtp()],
    "gtp-u-sequence": [gtp(sequence=True)],
    "gtp-u-extension": [gtp(extension=True)],
    "gtp-u-over-ipv6": [gtp(6)],
    "tzsp": [tzsp],
    "l2tp": [l2tp()],
    "l2tp-without-length": [l2tp(length=False, sequence=True)],
    "capwap": [capwap],
    "capwap-802.11": [capwap_wifi],
    "ah": [AH],
}

NESTED = {
    "mpls-in-qinq-in-mpls-pseudowire": [mpls(16), vlan(7), vlan(100, 0x88A8), mpls(17, 18, ethernet=bytes(4))],
    "pppoe-in-qinq": [pppoe, vlan(7), vlan(100, 0x88A8)],
    "pppoe-in-qinq-over-mpls": [pppoe, vlan(7), vlan(100, 0x88A8), mpls(17, ethernet=b"")],
    "vntag-vlan-metadata": [metadata, vlan(7), tagged(0x8926, b"\0\1\0\2")],
    "802.1ah-with-customer-tags": [vlan(7), vlan(8), whole_behind(0x88E7, b"\0\0\0\x2a"), vlan(100, 0x88A8)],
    "vxlan-in-gre-over-ipv6": [vxlan(), gre(6)],
    "vxlan-in-gre-over-ipv6-in-vlan": [vxlan(), gre(6), vlan(7)],
    "qinq-in-erspan-2": [vlan(7), vlan(100, 0x88A8), erspan(2)],
    "qinq-in-erspan-3-in-vlan": [vlan(7), vlan(100, 0x88A8), erspan(3), vlan(9)],
    "erspan-in-erspan": [erspan(2), erspan(3)],
    "gtp-u-in-mpls-in-vlan": [gtp(), mpls(16), vlan(7)],
    "gtp-u-in-vxlan": [gtp(), vxlan()],
    "gtp-u-with-gre-inside": [gre(), gtp()],
    "ip-in-ip-in-4in6-in-gre": [in_ip(), in_ip(6), gre()],
    "geneve-in-geneve": [geneve(), geneve(options=bytes(4))],
    "vxlan-in-l2tp": [vxlan(), l2tp()],
    "nsh-in-vlan": [nsh, vlan(7)],
    "etherip-in-ah": [etherip(), AH],
    "gre-in-ah-over-ipv6": [gre(6), AH],
    "ip-in-ip-in-ah": [in_ip(), AH],
    "ah-in-gre": [AH, gre()],
    "pppoe-in-capwap-in-vlan": [pppoe, capwap, vlan(7)],
    "eight-tunnels": [gre(), in_ip(), vxlan(), gre(6), geneve(), gtp(), in_ip(6), erspan(2)],
}

FROM6 = {
    "ipv6": [],
    "ipv6-extension-headers": [EXT],
    "ipv6-ah": [AH],
    "ipv6-extensions-and-ah": [AH, EXT],
    "6in4": [in_ip()],
    "6in6": [in_ip(6)],
    "6in4-in-vxlan": [in_ip(), vxlan()],
    "teredo": [teredo()],
    "teredo-authentication": [teredo(authentication=True)],
    "teredo-origin": [teredo(origin=True)],
    "teredo-authentication-origin": [teredo(True, True)],
    "teredo-in-gtp-u": [teredo(), gtp()],
    "ipv6-pppoe": [pppoe],
    "ipv6-mpls-explicit-null": [mpls(2)],
    "ipv6-gre": [gre()],
    "ipv6-vxlan-gpe": [gpe()],
    "ipv6-extensions-in-vxlan-in-6in4": [EXT, vxlan(6), in_ip()],
    "ipv6-l2tp": [l2tp()],
}

PIECES4 = {
    "fragments": [split(256)],
    "fragments-tiny": [split(8)],
    "fragments-backwards": [split(128, backwards)],
    "fragments-last-first": [split(256, last_first)],
    "fragments-overlapping": [split(128, overlap=True)],
    "fragments-overlapping-backwards": [split(128, backwards, overlap=True)],
    "fragments-first-twice": [split(256, twice=True)],
    "fragments-in-vlan": [split(256), vlan(7)],
    "fragments-in-vxlan": [split(256), vxlan()],
    "fragmented-vxlan": [vxlan(), split(400)],
    "fragmented-vxlan-over-ipv6": [vxlan(6), split(400, backwards)],
    "fragmented-gtp-u": [gtp(), split(256)],
    "fragmented-gtp-u-backwards-in-qinq": [gtp(), split(256, backwards), vlan(7), vlan(100, 0x88A8)],
    "fragmented-gre-with-fragments": [split(512), gre(), split(256, last_first)],
    "fragmented-erspan": [vlan(9), erspan(2), split(504)],
    "fragments-three-deep": [split(512), in_ip(), split(400), gre(), split(256)],
    "fragmented-ah": [AH, split(256)],
}

PIECES6 = {
    "ipv6-fragments": [split(256)],
    "ipv6-fragments-backwards": [split(128, backwards)],
    "ipv6-fragments-overlapping": [split(128, overlap=True)],
    "ipv6-fragments-in-6in4": [split(256), in_ip()],
    "fragmented-teredo": [teredo(), split(256)],
    "ipv6-fragmented-6in4-in-vxlan": [in_ip(), vxlan(), split(256)],
}


def variants():
    out = {"ipv4": (4, [], "ethernet")}
    for table, version in ((ONE, 4), (NESTED, 4), (PIECES4, 4), (FROM6, 6), (PIECES6, 6)):
        out.update({name: (version, steps, "ethernet") for name, steps in table.items()})
    for link in (l for l in LINKS if l != "ipv6"):
        out["link-" + link] = (4, [], link)
        if link not in ("ipv4", "ipv6", "sll-vlan"):
            out["link-%s-with-gre-of-fragments" % link] = (4, [split(256), gre()], link)
            out["link-%s-ipv6" % link] = (6, [], link)
    out["link-ipv6"] = (6, [], "ipv6")
    return out
