# SPDX-License-Identifier: Apache-2.0
"""Fake skill test, in the manner of Contagious Interview: a designer's camera "needs a driver", the pasted command fetches it, a RAT
calls a listed address every 40 minutes for a day, somebody sits down at AnyDesk, and on the third day an exchange's API and a bridge
follow. Names: Silent Push, April 2025, and Cisco Talos, June 2025; the address: NTT Security, May 2025."""

START = "2025-06-18 09:12:30"
LAN = "10.43.5.0/24"
FRONT, TEST, DRIVER = "camdriversupport.com", "assesstrack.com", "drivertools.org"
RAT, PORT = "116.202.208.125", 8087
STORE, RELAY, EXCHANGE, BRIDGE = "api.telegram.org", "relay-2f9d10c7.net.anydesk.com", "api.kraken.com", "stargate.finance"
NAMES = [FRONT, TEST, DRIVER, STORE, RELAY, EXCHANGE, BRIDGE]
SHOWS = {"dns": NAMES, "sni": NAMES, "host": []}
COUNT, PERIOD_S, JITTER_S = 36, 2400, 150


def play(lab):
    designer = lab.host("designer-mac", 71)
    set_scene(lab)
    with lab.recording():
        lab.browse(designer, f"https://{FRONT}/careers", f"https://{TEST}/invite/71")
        lab.later(minutes=9)
        lab.curl(designer, "-A", "curl/8.7.1", f"https://{DRIVER}/camdriver.zip")
        lab.later(minutes=2)
        for beat in range(COUNT):
            lab.play(designer, "say.py", RAT, PORT, '{"id":"71","c":"%02d"}' % (beat % 7))
            lab.later(seconds=PERIOD_S + lab.random.uniform(-JITTER_S, JITTER_S))
        lab.curl(designer, "-A", "AnyDesk/8.0", f"https://{RELAY}/")
        lab.later(minutes=35)
        lab.curl(designer, "-A", "python-requests/2.31.0", f"https://{STORE}/bot0:invented/sendMessage")
        lab.later(hours=21)
        lab.curl(designer, "-A", "python-requests/2.31.0", f"https://{EXCHANGE}/0/private/Withdraw")
        lab.later(hours=1)
        lab.browse(designer, f"https://{BRIDGE}/transfer")


def set_scene(lab):
    lab.site(FRONT, "203.0.113.140")
    lab.site(TEST, "203.0.113.141")
    lab.site(DRIVER, "203.0.113.142", {"/camdriver.zip": lab.bytes(4000, b"PK\x03\x04")})
    lab.site(STORE, "192.0.2.90", {"/bot": '{"ok":true}'})
    lab.site(RELAY, "192.0.2.91")
    lab.site(EXCHANGE, "198.51.100.11", {"/0": '{"error":[]}'})
    lab.site(BRIDGE, "198.51.100.50")
    lab.public(RAT)
    lab.serve(lab.internet, "answer.py", PORT, '{"t":0}', tcp=PORT)
