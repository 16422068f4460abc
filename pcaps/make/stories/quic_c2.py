# SPDX-License-Identifier: Apache-2.0
"""Look-alikes by QUIC: HTTP/3 to a fake Zoom name (QUIC version 1) and to an upload server (the
draft of version 2), then the API of an exchange by HTTP/3. The real reports saw TCP; QUIC is ours, the
client and server are ngtcp2's. Names: SentinelLabs (NimDoor), July 2025."""

START = "2025-07-03 15:20:18"
LAN = "10.30.4.0/24"
SUFFIX = ".pcapng"
V1, V2_DRAFT = "0x1", "0x709a50c4"
SITES = {"us05web-zoom.cloud": ("203.0.113.110", V1), "dataupload.store": ("203.0.113.111", V2_DRAFT),
         "api.bybit.com": ("198.51.100.70", V1)}
SHOWS = {"dns": list(SITES), "host": [],
         "sni": ["us05web-zoom.cloud", "api.bybit.com"]}  # tshark 4.0 cannot read the version 2 draft


def play(lab):
    mac = lab.host("macbook", 77)
    for name, (address, _) in SITES.items():
        lab.public(address)
        lab.names.address(name, address)
        leaf, key = lab.authority.issue(name)
        lab.internet.start("gtlsserver", "-q", "-d", lab.folder, address, 443, key, leaf, udp=443)
    with lab.recording():
        for name, (_, version) in SITES.items():
            mac.run("gtlsclient", "-q", "--no-quic-dump", "--no-http-dump", "--exit-on-all-streams-close",
                    "-v", version, name, 443, f"https://{name}/clock")
            lab.later(minutes=9)
