# SPDX-License-Identifier: Apache-2.0
"""D13 to D15: exchanges, by programs and by people, with and without leave."""
from . import capture

API, SITE = "api.kraken.com", "www.kraken.com"
WHEN = "2026-03-10 1%d:00:00"


def exchange(lab):
    for name, address in ((API, "198.51.100.11"), (SITE, "198.51.100.12")):
        lab.site(name, address, {"/0/public/Time": '{"result":{"unixtime":1773136800}}'})


def poll(lab, host, times=10):
    for _ in range(times):
        lab.play(host, "poll.py", lab.authority.certificate, f"https://{API}/0/public/Time")
        lab.later(settle=0.1, seconds=60)


@capture(WHEN % 0, ["1791300:3"])
def d13_polling(lab):
    """A program asks an exchange's API each minute: one alert a day"""
    desk = lab.host("desk", 30)
    exchange(lab)
    with lab.recording():
        poll(lab, desk)


@capture(WHEN % 1, ["1791301:3"])
def d13_asked_only(lab):
    """The name is resolved and no connection follows"""
    desk = lab.host("desk", 30)
    exchange(lab)
    with lab.recording():
        desk.run("kdig", API)


@capture(WHEN % 2, ["1791302:3"])
def d13_no_sni(lab):
    """TLS without a server name, to an address resolved from an API host"""
    desk = lab.host("desk", 30)
    exchange(lab)
    with lab.recording():
        desk.run("kdig", API)
        with open("/dev/null", "rb") as nothing:
            desk.run("openssl", "s_client", "-noservername", "-connect", "198.51.100.11:443", stdin=nothing)


@capture(WHEN % 3, hosts={30: "trading"})
def d13_trading_near_miss(lab):
    """The same polling by the desk that trades"""
    desk = lab.host("desk", 30)
    exchange(lab)
    with lab.recording():
        poll(lab, desk)


BROWSER_HELLO = ("-alpn", "h2,http/1.1", "-status", "-serverinfo", "18,13172,17613", "-maxfraglen", "2048", "-curves", "X25519:P-256",
                 "-cipher", "ECDHE+AESGCM:ECDHE+CHACHA20:AESGCM+kRSA:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:AES128-SHA:AES256-SHA")


@capture(WHEN % 4)
def d13_browser_near_miss(lab):
    """A page of the exchange's web site draws its prices from the API: HTTP/2, and as many ciphers and extensions as browsers offer"""
    desk = lab.host("desk", 30)
    exchange(lab)
    with lab.recording():
        for name in (SITE, API):
            with open("/dev/null", "rb") as nothing:
                desk.run("openssl", "s_client", "-connect", f"{name}:443", "-servername", name, *BROWSER_HELLO, stdin=nothing)
            lab.later(seconds=2)


@capture(WHEN % 5)
def d14_web_near_miss(lab):
    """A person reads the web site of an exchange: a label, no alert"""
    desk = lab.host("desk", 30)
    exchange(lab)
    with lab.recording():
        lab.browse(desk, f"https://{SITE}/prices/bitcoin")


@capture(WHEN % 6, ["1791500:2"], hosts={30: "server"})
def d15_server(lab):
    """A server uses an exchange's API, which its role forbids"""
    server = lab.host("server", 30)
    exchange(lab)
    with lab.recording():
        poll(lab, server, 2)


@capture(WHEN % 7, ["1791300:3"], hosts={30: "developer"})
def d15_developer_near_miss(lab):
    """A developer does the same: D13, for nothing forbids it"""
    developer = lab.host("developer", 30)
    exchange(lab)
    with lab.recording():
        poll(lab, developer, 2)
