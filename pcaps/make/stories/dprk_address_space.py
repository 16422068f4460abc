# SPDX-License-Identifier: Apache-2.0
"""DPRK address space: somebody reads the state news agency, asks for other .kp names, and a program
knocks in vain on addresses of Star JV (175.45.176.0/22)."""

START = "2025-03-19 10:05:00"
LAN = "10.28.5.0/24"
SHOWS = {
    "dns": ["kcna.kp", "www.rodong.rep.kp", "naenara.com.kp"],
    "answer": ["175.45.176.71"],
    "sni": [],
    "host": ["kcna.kp", "175.45.177.20:8080"],
}


def play(lab):
    reader, worker = lab.host("reader", 20), lab.host("worker", 21)
    lab.site("kcna.kp", "175.45.176.71", port=80, tls=None)
    lab.site("175.45.177.20", "175.45.177.20", port=8080, tls=None)
    with lab.recording():
        lab.browse(reader, "http://kcna.kp/")
        reader.run("kdig", "www.rodong.rep.kp", "naenara.com.kp")
        lab.later(minutes=11)
        lab.curl(worker, "-A", "", "http://175.45.177.20:8080/")
        lab.later(minutes=4)
        lab.play(worker, "knock.py", worker.address, "175.45.178.10", 443, 8443)
