# SPDX-License-Identifier: Apache-2.0
"""Benign: a trader reads prices on the web sites of exchanges. Web, not API: at most a note."""

START = "2025-09-16 06:30:00"
LAN = "10.35.3.0/24"
SITES = {"www.binance.com": "198.51.100.40", "bin.bnbstatic.com": "198.51.100.41",
         "www.kraken.com": "198.51.100.42", "www.coinbase.com": "198.51.100.43",
         "www.bitfinex.com": "198.51.100.44"}
SHOWS = {"dns": list(SITES), "sni": list(SITES), "host": []}


def play(lab):
    trader = lab.host("trader", 15)
    for name, address in SITES.items():
        logo = lab.bytes(900, b"\x89PNG")
        lab.site(name, address, {"/en/trade": "<h1>BTC/USDT</h1>", "/logo.png": logo})
    with lab.recording():
        for name in SITES:
            lab.browse(trader, f"https://{name}/en/trade", f"https://{name}/logo.png")
            lab.later(seconds=25)
