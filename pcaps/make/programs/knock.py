#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Knock on TCP ports from a chosen source address and wait for an answer that may never come.

    knock.py SOURCE TARGET PORT...            prints the ports that answered
"""
import socket
import sys

WAIT_S = 1.3  # long enough for one repeated SYN

source, target, *ports = sys.argv[1:]
for port in ports:
    with socket.socket() as knock:
        knock.settimeout(WAIT_S)
        knock.bind((source, 0))
        try:
            knock.connect((target, int(port)))
            print(port)
        except OSError:
            pass
