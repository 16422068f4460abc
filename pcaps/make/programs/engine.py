#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Socket.IO over Engine.IO's polling (protocols 5 and 4), as the client of Node speaks it: one order, one answer. Nothing is run.

    engine.py serve PORT
    engine.py call HOST PORT
"""
import http.client
import http.server
import json
import sys

OPEN = "0" + json.dumps({"sid": "lv_VI97HAXpY6yYWAAAC", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000})
ORDER = '40{"sid":"oSO0OpakMV_3jnilAAAA"}\x1e42["whour",{"of":"you"}]'


class Master(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(ORDER if "sid=" in self.path else OPEN)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("ok")

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def call(host, port):
    master = http.client.HTTPConnection(host, port, timeout=5)
    path = "/socket.io/?EIO=4&transport=polling&t=PIW2q8"

    def say(method, to, body=None):
        headers = {"Accept": "*/*", "User-Agent": "node-XMLHttpRequest"}
        master.request(method, to, body, {**headers, "Content-type": "text/plain;charset=UTF-8"} if body else headers)
        return master.getresponse().read().decode()

    session = f"{path}x&sid={json.loads(say('GET', path)[1:])['sid']}"
    say("POST", session, "40")
    say("GET", session)
    say("POST", session, '42["answer",{"is":"dev-lnx-41"}]')


if sys.argv[1] == "serve":
    http.server.ThreadingHTTPServer(("", int(sys.argv[2])), Master).serve_forever()
call(sys.argv[2], int(sys.argv[3]))
