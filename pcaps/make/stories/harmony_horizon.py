# SPDX-License-Identifier: Apache-2.0
"""In the manner of the Harmony Horizon theft: a host of a bridge operator visits BlueNoroff's fake-bank
sites; two days later bridges and mixers are used from it. Names: Kaspersky, December 2022; FBI, January
2023 (Railgun); OFAC, November 2023 (Sinbad)."""

START = "2023-01-11 01:17:33"
LAN = "10.23.1.0/24"
LURES = {"bankofamerica.nyc": "203.0.113.60", "offerings.cloud": "203.0.113.61"}
VALUE = {"stargate.finance": "198.51.100.50", "thornode.ninerealms.com": "198.51.100.51",
         "railgun.org": "198.51.100.52", "sinbad.io": "203.0.113.62"}
SHOWS = {"dns": [*LURES, *VALUE], "sni": [*LURES, *VALUE], "host": []}


def play(lab):
    operator = lab.host("operator", 30)
    for name, address in {**LURES, **VALUE}.items():
        lab.site(name, address, {"/thorchain/pools": '[{"asset":"ETH.ETH"}]'})
    with lab.recording():
        lab.browse(operator, "https://bankofamerica.nyc/")
        lab.later(minutes=2)
        lab.curl(operator, "-A", "curl/7.83.1", "https://offerings.cloud/")
        lab.later(days=2, hours=1)
        lab.browse(operator, "https://stargate.finance/")
        lab.curl(operator, "-A", "axios/0.27.2", "https://thornode.ninerealms.com/thorchain/pools")
        lab.later(hours=3)
        lab.browse(operator, "https://railgun.org/", "https://sinbad.io/")
