# SPDX-License-Identifier: Apache-2.0
"""Benign: names that resemble indicators or exchanges and are neither. A label boundary, a last label, a
shared parent or one character makes the difference; nothing here may alert."""

START = "2026-05-11 08:00:05"
LAN = "10.38.6.0/24"
BY_TLS = ["notbinance.com", "binance.com.evil.example", "us05web.zoom.us", "optionchainanalyser.com",
          "foo.vercel.app"]
BY_HTTP = ["kp.co.kr", "api.binance.com.cdn.example", "my99exch.cx"]
BY_DNS = ["mybinance.com", "mp.kp.example", "zoom.us", "example.o-r.kr", "calendly.com", "3cx.com",
          "code.jquery.com", "nknews.org", "coinmarketcap.com", "chainalysis.com", "teams.microsoft.com",
          "docsend.com", "willo.video", "blocknovas.com.example"]
SHOWS = {"dns": BY_TLS + BY_HTTP + BY_DNS, "sni": BY_TLS, "host": BY_HTTP}


def play(lab):
    reader = lab.host("desk", 12)
    for number, name in enumerate(BY_TLS):
        lab.site(name, f"192.0.2.{10 + number}")
    for number, name in enumerate(BY_HTTP):
        lab.site(name, f"192.0.2.{30 + number}", port=80, tls=None)
    for number, name in enumerate(BY_DNS):
        lab.names.address(name, f"192.0.2.{50 + number}")
    with lab.recording():
        lab.browse(reader, *(f"https://{name}/" for name in BY_TLS))
        lab.browse(reader, *(f"http://{name}/" for name in BY_HTTP))
        reader.run("kdig", *BY_DNS)
