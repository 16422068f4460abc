#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mail in the clear, by Python's own client and server.

    mail.py serve PORT
    mail.py send HOST PORT TEXT
"""
import asyncore
import smtpd
import smtplib
import sys


class Server(smtpd.SMTPServer):
    def process_message(self, peer, mailfrom, rcpttos, data, **options):
        return None


if sys.argv[1] == "serve":
    Server(("0.0.0.0", int(sys.argv[2])), None)
    asyncore.loop()
else:
    with smtplib.SMTP(sys.argv[2], int(sys.argv[3]), local_hostname="desk.example", timeout=5) as server:
        server.sendmail("desk@corp.example", ["broker@mail.example"], f"Subject: payment\r\n\r\n{sys.argv[4]}\r\n")
