# SPDX-License-Identifier: Apache-2.0
"""D12: flows that say no name, to addresses that somebody resolved. Names: Wiz, TraderTraitor (February 2025)."""
from . import capture

LISTED, C2, PORT = "getstockprice.com", "203.0.113.20", 8080
WHEN = "2025-02-04 09:1%d:00"


def c2(lab, address=C2):
    lab.public(address)
    lab.serve(lab.internet, "answer.py", PORT, '{"t":0}', tcp=PORT)


def say(lab, host, to=LISTED):
    lab.play(host, "say.py", to, PORT, '{"id":1,"os":"linux"}')


@capture(WHEN % 0, ["1790300:1", "1791200:1"])
def d12_no_name(lab):
    """A desk resolves a listed name and opens raw TCP, which says none"""
    desk = lab.host("desk", 30)
    c2(lab)
    lab.names.address(LISTED, C2)
    with lab.recording():
        say(lab, desk)


@capture(WHEN % 1, ["1790300:1", "1791200:1"])
def d12_no_sni(lab):
    """The same by TLS whose ClientHello has no server name"""
    desk = lab.host("desk", 30)
    lab.site(LISTED, C2)
    with lab.recording():
        desk.run("kdig", LISTED)
        with open("/dev/null", "rb") as nothing:
            desk.run("openssl", "s_client", "-noservername", "-connect", f"{C2}:443", stdin=nothing)


@capture(WHEN % 2, ["1790300:1", "1791201:2"])
def d12_unanswered(lab):
    """The same, and nobody answers the SYN"""
    desk = lab.host("desk", 30)
    lab.names.address(LISTED, C2)
    lab.internet.route("blackhole", C2)
    with lab.recording():
        desk.run("kdig", LISTED)
        lab.play(desk, "knock.py", desk.address, C2, PORT)


@capture(WHEN % 3, ["1790401:1", "1791200:1"])
def d12_alias(lab):
    """The name asked for is innocent; its CNAME chain ends at a listed one"""
    desk = lab.host("desk", 30)
    c2(lab)
    lab.names.alias("portal.partner.example", "lb.partner.example")
    lab.names.alias("lb.partner.example", LISTED)
    lab.names.address(LISTED, C2)
    with lab.recording():
        say(lab, desk, "portal.partner.example")


@capture(WHEN % 4, ["1790300:1", "1791200:2"])
def d12_nat64(lab):
    """The resolver made an IPv6 address of an IPv4 one (DNS64); the flow goes to 64:ff9b::/96, from the host's IPv6 address, which did not
    ask itself: so it is one step lower"""
    mapped = "64:ff9b::cb00:7114"
    phone = lab.host("phone", 30, "fd42:12::30/64")
    lab.internet.add_address("fd42:12::1/64", "eth0")
    phone.route("default", "via", "fd42:12::1")
    lab.public(mapped)
    lab.names.address(LISTED, mapped)
    lab.serve(lab.internet, "answer.py", PORT, '{"t":0}', "::", tcp=PORT)
    with lab.recording():
        say(lab, phone)


@capture(WHEN % 5, ["1790300:1", "1791200:1"])
def d12_https_record(lab):
    """The address was only a hint in an HTTPS record (RFC 9460)"""
    desk = lab.host("desk", 30)
    c2(lab)
    hint = bytes([0, 1, 0, 0, 4, 0, 4]) + bytes(map(int, C2.split(".")))  # priority 1, target ".", ipv4hint
    lab.names.lines.append(f"dns-rr={LISTED},65,{hint.hex()}")
    with lab.recording():
        desk.run("kdig", LISTED, "HTTPS")
        say(lab, desk, C2)


@capture(WHEN % 6, ["1790300:2"])
def d12_poisoned_near_miss(lab):
    """Answers that nobody asked for name no flow: one without a question, one under another id. That a listed name stands in them is
    told all the same"""
    desk = lab.host("desk", 30)
    c2(lab)
    lab.public("9.9.9.9")
    lab.serve(lab.internet, "forge.py", LISTED, C2, desk.address, udp=53)
    with lab.recording():
        desk.run("kdig", "+time=1", "+retry=0", "@9.9.9.9", "www.partner.example", fails=True)
        say(lab, desk, C2)


@capture(WHEN % 7, ["1790300:1"])
def d12_expired_near_miss(lab):
    """The answer is 26 hours old when the flow begins: the question alerts, the flow does not"""
    desk = lab.host("desk", 30)
    c2(lab)
    lab.names.address(LISTED, C2)
    with lab.recording():
        desk.run("kdig", LISTED)
        lab.later(hours=26)
        say(lab, desk, C2)


@capture(WHEN % 8, ["1790300:1"])
def d12_other_name_near_miss(lab):
    """Two names share an address: .31 asks for the listed one (that alerts), .30 for the other and connects"""
    desk, other = lab.host("desk", 30), lab.host("other", 31)
    c2(lab)
    for name in (LISTED, "www.partner.example"):
        lab.names.lines.append(f"address=/{name}/{C2}")
    with lab.recording():
        other.run("kdig", LISTED)
        say(lab, desk, "www.partner.example")
