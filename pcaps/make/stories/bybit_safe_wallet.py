# SPDX-License-Identifier: Apache-2.0
"""In the manner of the Bybit theft: a wallet developer starts a "stock simulator" that asks for prices at
the wrong place; seventeen days later the API of the exchange, a swap without questions and THORChain
are used from that host. Names: Sygnia and Verichains, Wiz, SlowMist, February 2025; BKA, May 2025."""

START = "2025-02-04 08:55:45"
LAN = "10.41.2.0/24"
ACTOR = {"getstockprice.com": "203.0.113.130", "getstockprice.info": "203.0.113.131"}
VALUE = {"api.bybit.com": "198.51.100.70", "exch.cx": "203.0.113.132",
         "thornode.ninerealms.com": "198.51.100.51"}
SHOWS = {"dns": [*ACTOR, *VALUE], "sni": [*ACTOR, *VALUE], "host": []}


def play(lab):
    mac = lab.host("dev-macbook", 52)
    for name, address in {**ACTOR, **VALUE}.items():
        lab.site(name, address, {"/": '{"price":"188.40"}'})
    with lab.recording():
        lab.play(mac, "poll.py", lab.authority.certificate, "https://getstockprice.com/stock?s=AAPL")
        lab.later(minutes=2)
        lab.curl(mac, "-A", "", "https://getstockprice.info/")
        lab.later(days=16, hours=20)
        lab.curl(mac, "-A", "", "https://getstockprice.com/")
        lab.later(hours=6)
        lab.curl(mac, "-A", "python-requests/2.32.3", "https://api.bybit.com/v5/market/time")
        lab.later(hours=5)
        lab.browse(mac, "https://exch.cx/")
        lab.curl(mac, "-A", "axios/1.7.9", "https://thornode.ninerealms.com/thorchain/quote/swap")
