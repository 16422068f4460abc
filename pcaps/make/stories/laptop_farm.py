# SPDX-License-Identifier: Apache-2.0
"""A remote "employee" of the DPRK: a KVM-over-IP box comes up beside a company laptop, the laptop uses a consumer VPN and AnyDesk,
looks at a front company's site, and the salary goes through an exchange's API. Names: SentinelLabs, November 2024; the ways: Unit 42,
November 2024, and the FBI, January 2025."""

START = "2024-11-25 08:04:40"
LAN = "10.45.1.0/24"
VPN, RELAY, FRONT, SECOND, EXCHANGE = ("client.astrill.com", "relay-77c1e0aa.net.anydesk.com", "inditechlab.com", "hopanatech.com",
                                       "api.binance.com")
SHOWS = {"dns": [VPN, RELAY, FRONT, SECOND, EXCHANGE], "sni": [VPN, RELAY, FRONT, SECOND, EXCHANGE], "host": []}


def play(lab):
    laptop, box = lab.host("laptop", 14), lab.host("box", 190)
    box.route("224.0.0.0/4", "dev", "eth0")
    for number, name in enumerate((VPN, RELAY)):
        lab.site(name, f"192.0.2.{95 + number}")
    for number, name in enumerate((FRONT, SECOND)):
        lab.site(name, f"203.0.113.{160 + number}")
    lab.site(EXCHANGE, "198.51.100.10", {"/api": '{"balances":[]}'})
    with lab.recording():
        lab.play(box, "announce.py", box.address, "pikvm")
        lab.later(minutes=11)
        lab.curl(laptop, "-A", "Astrill/3.10", f"https://{VPN}/")
        lab.later(minutes=1)
        lab.curl(laptop, "-A", "AnyDesk/8.0", f"https://{RELAY}/")
        lab.later(hours=5)
        lab.browse(laptop, f"https://{FRONT}/team", f"https://{SECOND}/contact")
        lab.later(days=1)
        lab.curl(laptop, "-A", "AnyDesk/8.0", f"https://{RELAY}/")
        lab.later(minutes=20)
        lab.curl(laptop, "-A", "python-requests/2.32.3", f"https://{EXCHANGE}/api/v3/account")
