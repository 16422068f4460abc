# SPDX-License-Identifier: Apache-2.0
"""IPv4 indicators inside IPv6: a name answered by DNS64, plain HTTP to a listed address behind NAT64
(64:ff9b::/96), and TLS without a name to a listed address and port inside 6to4 (2002::/16). Addresses:
Microsoft and Arctic Wolf, April 2026."""

START = "2026-04-21 16:33:51"
LAN = "10.32.0.0/24"
BEHIND_NAT64 = "64:ff9b::bce3:c4fc"  # 188.227.196.252
INSIDE_6TO4 = "2002:5388:d030::1"    # 83.136.208.48, listed with port 443
NAME = "mirror.partner.example"
SHOWS = {"dns": [NAME], "sni": [], "host": [NAME]}


def play(lab):
    phone = lab.host("phone", 19, "fd42:32::19/64")
    lab.internet.add_address("fd42:32::1/64", "eth0")
    phone.route("default", "via", "fd42:32::1")
    lab.site(NAME, BEHIND_NAT64, port=80, tls=None)
    lab.site(INSIDE_6TO4, INSIDE_6TO4)
    with lab.recording():
        lab.browse(phone, f"http://{NAME}/")
        lab.later(minutes=3)
        with open("/dev/null", "rb") as nothing:
            phone.run("openssl", "s_client", "-noservername", "-connect", f"[{INSIDE_6TO4}]:443", stdin=nothing)
