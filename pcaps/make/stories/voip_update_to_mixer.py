# SPDX-License-Identifier: Apache-2.0
"""A supply chain, in the manner of 3CX: an agent of a broker reads an exchange's web site each morning, as ever. Then the telephone
program updates itself and calls its new masters; the night after, the exchange's API is used from that desk, and a mixer. Names:
SentinelOne, March 2023; the mixer: OFAC, November 2023."""

START = "2023-03-27 06:50:12"
LAN = "10.44.8.0/24"
C2 = {"akamaicontainer.com": "203.0.113.150", "azureonlinestorage.com": "203.0.113.151", "azuredeploystore.com": "203.0.113.152"}
SITE, API, MIXER = "www.coinbase.com", "api.coinbase.com", "sinbad.io"
SHOWS = {"dns": [*C2, SITE, API, MIXER], "sni": [*C2, SITE, API, MIXER], "host": []}


def play(lab):
    agent = lab.host("agent", 23)
    for name, address in C2.items():
        lab.site(name, address, {"/": '{"url":""}'})
    lab.site(SITE, "198.51.100.13")
    lab.site(API, "198.51.100.12", {"/v2": '{"data":[]}'})
    lab.site(MIXER, "203.0.113.53")
    with lab.recording():
        lab.browse(agent, f"https://{SITE}/price/bitcoin")
        lab.later(hours=1)
        for name in C2:
            lab.curl(agent, "-A", "3CXDesktopApp/18.12.416", f"https://{name}/")
            lab.later(hours=3)
        lab.browse(agent, f"https://{SITE}/price/ethereum")
        lab.later(hours=14)
        lab.curl(agent, "-A", "python-requests/2.28.2", f"https://{API}/v2/accounts")
        lab.later(minutes=50)
        lab.browse(agent, f"https://{MIXER}/")
