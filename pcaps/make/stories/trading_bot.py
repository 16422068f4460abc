# SPDX-License-Identifier: Apache-2.0
"""Benign once it is allowed: the trading desk's own bot asks the same APIs every minute. With the host in
the allow-list of exchange users nothing may alert; without, it is D13."""

START = "2025-09-17 07:00:00"
LAN = "10.36.3.0/24"
APIS = {"api.bitfinex.com": "198.51.100.80", "api.kraken.com": "198.51.100.11"}
SHOWS = {"dns": list(APIS), "sni": list(APIS), "host": []}


def play(lab):
    bot = lab.host("trading-bot", 50)
    for name, address in APIS.items():
        lab.site(name, address, {"/": '{"result":[67000.1]}'})
    with lab.recording():
        for _ in range(3):
            lab.play(bot, "poll.py", lab.authority.certificate, *(f"https://{name}/ticker" for name in APIS))
            lab.later(minutes=1)
