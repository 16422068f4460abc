# SPDX-License-Identifier: Apache-2.0
"""A beacon: for a day, every 40 minutes give or take two, a Mac opens the same listed address and port,
says one line and gets one. Address: Microsoft and Arctic Wolf, April 2026."""

START = "2026-04-17 00:03:10"
LAN = "10.40.7.0/24"
C2, PORT = "83.136.208.246", 6783
COUNT, PERIOD_S, JITTER_S = 36, 2400, 120
SHOWS = {"dns": [], "sni": [], "host": []}


def play(lab):
    mac = lab.host("mac-studio", 66)
    lab.public(C2)
    lab.serve(lab.internet, "answer.py", PORT, '{"t":0}', tcp=PORT)
    with lab.recording():
        for _ in range(COUNT):
            lab.play(mac, "say.py", C2, PORT, '{"v":"66","s":"idle"}')
            lab.later(seconds=PERIOD_S + lab.random.uniform(-JITTER_S, JITTER_S))
