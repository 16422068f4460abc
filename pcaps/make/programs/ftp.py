#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Python's own FTP client.

    ftp.py HOST USER PASSWORD passive|active get|put FILE...
"""
import ftplib
import io
import os
import sys

host, user, password, mode, way = sys.argv[1:6]
with ftplib.FTP(host, user, password, timeout=5) as server:
    server.set_pasv(mode == "passive")
    for path in sys.argv[6:]:
        name = os.path.basename(path)
        if way == "get":
            server.retrbinary("RETR " + name, io.BytesIO().write)
        else:
            with open(path, "rb") as file:
                server.storbinary("STOR " + name, file)
