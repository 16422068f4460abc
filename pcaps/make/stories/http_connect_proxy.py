# SPDX-License-Identifier: Apache-2.0
"""Behind an explicit proxy: the desk never asks for the name and never meets the address. CONNECT and an
absolute URI tell the target to the proxy; the proxy's own side shows the same names again. Names:
Huntress, June 2025."""

START = "2025-06-16 09:40:27"
LAN = "10.31.0.0/24"
BY_CONNECT, BY_GET = "addressstore.space", "productnews.online"
SHOWS = {
    "dns": [BY_CONNECT, BY_GET, "www.example.com"],
    "sni": [BY_CONNECT, "www.example.com"],
    "host": [BY_CONNECT + ":443", BY_GET, "www.example.com:443"],
    "path": [BY_CONNECT + ":443", f"http://{BY_GET}/update", "/update", "www.example.com:443"],
}
DECODE = ["tcp.port==3128,http"]
SETTINGS = """Port 3128
Listen {address}
Allow {network}
Timeout 30
ConnectPort 443
ViaProxyName "proxy"
LogLevel Error
"""


def play(lab):
    desk, proxy = lab.host("desk", 14), lab.host("proxy", 8)
    lab.site("www.example.com", "192.0.2.80")
    lab.site(BY_CONNECT, "203.0.113.120")
    lab.site(BY_GET, "203.0.113.121", {"/update": "ok"}, 80, tls=None)
    settings = lab.file("tinyproxy.conf", SETTINGS.format(address=proxy.address, network=lab.lan).encode())
    proxy.start("tinyproxy", "-d", "-c", settings, tcp=3128)
    through = ("-x", f"http://{proxy.address}:3128")
    with lab.recording():
        lab.curl(desk, *through, "https://www.example.com/")
        lab.later(minutes=1)
        lab.curl(desk, *through, f"https://{BY_CONNECT}/")
        lab.later(minutes=5)
        lab.curl(desk, *through, f"http://{BY_GET}/update")
