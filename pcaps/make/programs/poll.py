#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ask a JSON API once per URL, over one session of the requests library.

    poll.py AUTHORITY URL...
"""
import sys

import requests

session = requests.Session()
session.verify = sys.argv[1]
for url in sys.argv[2:]:
    session.get(url, timeout=5).raise_for_status()
