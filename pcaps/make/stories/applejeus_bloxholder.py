# SPDX-License-Identifier: Apache-2.0
"""AppleJeus: a trader installs BloxHolder, a trading app that trades for two masters. The servers speak
TLS 1.2, so their certificates are in the clear. Names: Volexity, December 2022."""

START = "2022-12-05 14:08:20"
LAN = "10.24.3.0/24"
ACTOR = {"bloxholder.com": "203.0.113.70", "strainservice.com": "203.0.113.71",
         "rebelthumb.net": "203.0.113.72"}
SHOWS = {"dns": [*ACTOR, "api.binance.com"], "sni": [*ACTOR, "api.binance.com"], "host": [],
         "certificate": list(ACTOR)}


def play(lab):
    trader = lab.host("trader", 44)
    for name, address in ACTOR.items():
        lab.site(name, address, {"/BloxHolder_v1.2.5.msi": lab.bytes(8000, b"\xd0\xcf\x11\xe0")}, tls="TLSv1.2")
    lab.site("api.binance.com", "198.51.100.10", {"/api/v3/ticker": '{"symbol":"BTCUSDT"}'})
    with lab.recording():
        lab.browse(trader, "https://bloxholder.com/BloxHolder_v1.2.5.msi")
        lab.later(minutes=6)
        for _ in range(2):
            lab.curl(trader, "-A", "BloxHolder", "https://api.binance.com/api/v3/ticker")
            lab.curl(trader, "-A", "", "-d", "gsid=44&uid=1&tick=9", "https://strainservice.com/")
            lab.later(minutes=30)
        lab.curl(trader, "-A", "", "-d", "gsid=44&uid=1&tick=11", "https://rebelthumb.net/")
