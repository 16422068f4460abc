#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An FTP server (pyftpdlib) that takes files.

    ftpd.py FOLDER USER PASSWORD
"""
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

folder, user, password = sys.argv[1:]
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_user(user, password, folder, perm="elrw")
FTPServer(("0.0.0.0", 21), FTPHandler).serve_forever()
