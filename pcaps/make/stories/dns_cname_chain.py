# SPDX-License-Identifier: Apache-2.0
"""Innocent names, guilty answers: a portal whose alias chain ends at a listed name, once by UDP and once by
TCP, and a download host whose address is listed. The resolver asks its upstream across the mirror port,
so each question is seen twice. Names and address: Microsoft and Arctic Wolf, April 2026."""

START = "2026-04-20 11:48:39"
LAN = "10.29.6.0/24"
UPSTREAM = "9.9.9.9"
LISTED_ADDRESS = "188.227.196.252"
PORTAL, API, DOWNLOAD = "portal.partner.example", "api.partner.example", "files.partner.example"
SHOWS = {
    "dns": [PORTAL, API, DOWNLOAD],
    "cname": ["lb.partner.example", "check02id.com", "uv01webzoom.us"],
    "answer": ["203.0.113.100", "203.0.113.101", LISTED_ADDRESS],
    "sni": [PORTAL, DOWNLOAD],
    "host": [],
}


def play(lab):
    desk = lab.host("desk", 33)
    lab.upstream.alias(PORTAL, "lb.partner.example")
    lab.upstream.alias("lb.partner.example", "check02id.com")
    lab.upstream.alias(API, "uv01webzoom.us")
    lab.upstream.address("check02id.com", "203.0.113.100")
    lab.upstream.address("uv01webzoom.us", "203.0.113.101")
    lab.site(PORTAL, "203.0.113.100")
    lab.site(DOWNLOAD, LISTED_ADDRESS)
    with lab.recording():
        lab.browse(desk, f"https://{PORTAL}/")
        lab.later(minutes=6)
        desk.run("kdig", "+tcp", API)
        lab.later(minutes=2)
        lab.browse(desk, f"https://{DOWNLOAD}/")
