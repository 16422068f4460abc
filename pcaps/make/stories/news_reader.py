# SPDX-License-Identifier: Apache-2.0
"""Benign: an analyst reads about North Korea on sites in Seoul and Washington. Subject is not contact."""

START = "2025-10-10 08:12:00"
LAN = "10.37.2.0/24"
SITES = {"www.38north.org": "192.0.2.110", "www.dailynk.com": "192.0.2.111", "www.nknews.org": "192.0.2.112",
         "kcnawatch.org": "192.0.2.113", "www.unikorea.go.kr": "192.0.2.114"}
SHOWS = {"dns": list(SITES), "sni": list(SITES), "host": []}


def play(lab):
    analyst = lab.host("analyst", 18)
    for name, address in SITES.items():
        lab.site(name, address)
    with lab.recording():
        for name in SITES:
            lab.browse(analyst, f"https://{name}/")
            lab.later(minutes=2)
