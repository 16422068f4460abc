# SPDX-License-Identifier: Apache-2.0
"""Contagious Interview: a developer runs the "coding test" of a fake employer. npm fetches packages, the
test calls a Vercel page, then Node.js and Python speak plain HTTP to bare addresses on 1224 and 1244,
and a shell waits on 1245. Names and addresses: Microsoft, February 2026; Recorded Future, January 2026."""

START = "2026-02-25 05:56:31"
LAN = "10.26.2.0/24"
BEAVER, FERRET = "147.124.212.207", "66.235.168.17"  # listed with ports 1224 and 1244|1245
PAGE = "ip-check-notification-03.vercel.app"
SHOWS = {
    "dns": ["registry.npmjs.org", PAGE],
    "sni": ["registry.npmjs.org", PAGE],
    "host": [BEAVER + ":1224", FERRET + ":1244"],
    "path": ["/keys", "/uploads", "/pdown", "/client/9/401", "/payload/9/401", "/brow/9/401"],
}
DECODE = ["tcp.port==1224,http", "tcp.port==1244,http"]


def play(lab):
    developer = lab.host("dev-lnx-41", 41)
    lab.site("registry.npmjs.org", "198.51.100.30", {"/@coding-test": "{\"name\":\"@coding-test/helpers\"}"})
    lab.site(PAGE, "198.51.100.31", {"/api/ipcheck": '{"status":"ok"}'})
    for address in (BEAVER, FERRET):
        lab.public(address)
    lab.serve(lab.internet, "collector.js", 1224, tcp=1224)
    lab.serve(lab.internet, "collector.js", 1244, tcp=1244)
    lab.serve(lab.internet, "answer.py", 1245, '{"code":1,"args":{"cmd":"ls"}}', tcp=1245)
    with lab.recording():
        lab.curl(developer, "-A", "npm/10.8.2 node/v20.18.0", "https://registry.npmjs.org/@coding-test%2fhelpers")
        lab.later(minutes=2)
        lab.curl(developer, "-A", "axios/1.7.9", f"https://{PAGE}/api/ipcheck")
        lab.play(developer, "beaver.js", BEAVER, 1224)
        lab.later(seconds=40)
        lab.play(developer, "ferret.py", FERRET, 1244)
        lab.later(seconds=5)
        lab.play(developer, "say.py", FERRET, 1245, '{"type":"9401","pid":41}', '{"code":1,"out":"a b"}')
