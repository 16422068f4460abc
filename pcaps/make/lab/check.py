# SPDX-License-Identifier: Apache-2.0
"""Does a capture show on the wire what its story promises? tshark is asked, not our own sensor."""
import os
import subprocess

SIZE_MAX = 200_000
FIELDS = {"dns": "dns.qry.name", "answer": "dns.a", "cname": "dns.cname",
          "sni": "tls.handshake.extensions_server_name", "host": "http.host",
          "path": "http.request.uri", "certificate": "x509ce.dNSName"}


def check(capture, story):
    """Compare each kind the story lists in SHOWS with tshark's set; returns the differences as text."""
    if not os.path.exists(capture):
        return ["missing"]
    faults = []
    if os.path.getsize(capture) > SIZE_MAX:
        faults.append(f"{os.path.getsize(capture)} bytes, more than {SIZE_MAX}")
    for kind, promised in story.SHOWS.items():
        seen = _values(capture, FIELDS[kind], getattr(story, "DECODE", ()))
        for what, names in (("missing", set(promised) - seen), ("not promised", seen - set(promised))):
            if names:
                faults.append(f"{kind} {what}: {' '.join(sorted(names))}")
    return faults


def _values(capture, field, decode):
    words = ["tshark", "-n", "-r", capture, "-Y", field, "-T", "fields", "-e", field]
    for rule in decode:
        words += ["-d", rule]
    lines = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout
    return {value for line in lines.splitlines() for value in line.split(",")}
