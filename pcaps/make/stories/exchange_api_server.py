# SPDX-License-Identifier: Apache-2.0
"""A build server has no business with crypto exchanges, yet it trades: REST by curl and requests, a
WebSocket ticker, a FIX logon. Nobody is named as the culprit; the role of the host is the alarm."""

START = "2025-11-03 02:14:09"
LAN = "10.33.2.0/24"
EXCHANGES = {"api.binance.com": "198.51.100.10", "api.kraken.com": "198.51.100.11",
             "api.coinbase.com": "198.51.100.12"}
STREAM, FIX = "stream.binance.com", "fix-oe.binance.com"
SHOWS = {"dns": [*EXCHANGES, STREAM, FIX], "sni": [*EXCHANGES, STREAM, FIX], "host": []}


def play(lab):
    server = lab.host("build-server", 80)
    for name, address in EXCHANGES.items():
        lab.site(name, address, {"/": '{"serverTime":1762136049000}'})
    start_stream(lab)
    start_fix(lab)
    with lab.recording():
        lab.curl(server, "-A", "curl/8.5.0", "https://api.binance.com/api/v3/time")
        lab.play(server, "poll.py", lab.authority.certificate, "https://api.kraken.com/0/public/Time",
                 "https://api.coinbase.com/v2/time")
        lab.later(minutes=5)
        lab.play(server, "ticker.py", "watch", lab.authority.certificate, f"wss://{STREAM}:9443/ws")
        lab.later(minutes=5)
        log_on(lab, server)


def log_on(lab, server):
    """openssl s_client does not leave by itself once it has said its line: a second is enough."""
    line = lab.file("logon", b"8=FIX.4.4|35=A|49=BUILD|56=SPOT|98=0|108=30|10=000|\n")
    with open(line, "rb") as words:
        server.run("timeout", "1", "openssl", "s_client", "-quiet", "-connect", f"{FIX}:9000",
                   "-servername", FIX, "-CAfile", lab.authority.certificate, stdin=words, fails=True)


def start_stream(lab):
    lab.public("198.51.100.13")
    lab.names.address(STREAM, "198.51.100.13")
    lab.serve(lab.internet, "ticker.py", "serve", 9443, *lab.authority.issue(STREAM), tcp=9443)


def start_fix(lab):
    lab.public("198.51.100.14")
    lab.names.address(FIX, "198.51.100.14")
    lab.serve(lab.internet, "answer.py", 9000, "8=FIX.4.4|35=A|49=SPOT|56=BUILD|98=0|108=30|10=000|",
              *lab.authority.issue(FIX), tcp=9000)
