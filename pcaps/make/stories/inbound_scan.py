# SPDX-License-Identifier: Apache-2.0
"""Background noise: two listed addresses knock on the public web server of the victim, whose firewall
drops their packets: nobody answers. A customer is served meanwhile."""

START = "2026-04-22 03:00:40"
LAN = "10.39.0.0/24"
SCANNERS = ["175.45.178.14", "188.227.196.252"]
CUSTOMER = "192.0.2.120"
PORTS = [22, 80, 443, 3389]
SHOWS = {"dns": [], "sni": [], "host": ["10.39.0.80"]}


def play(lab):
    server = lab.host("web-server", 80)
    lab.file("index.html", b"<p>Welcome</p>")
    server.start("/usr/bin/python3", "-m", "http.server", "-d", lab.folder, 80, tcp=80)
    for address in [*SCANNERS, CUSTOMER]:
        lab.public(address)
        server.route("blackhole" if address in SCANNERS else "unicast", address + "/32",
                     *(() if address in SCANNERS else ("via", lab.gateway)))
    with lab.recording():
        lab.play(lab.internet, "knock.py", SCANNERS[0], server.address, *PORTS)
        lab.curl(lab.internet, "--interface", CUSTOMER, f"http://{server.address}/index.html")
        lab.later(hours=1)
        lab.play(lab.internet, "knock.py", SCANNERS[1], server.address, *PORTS)
