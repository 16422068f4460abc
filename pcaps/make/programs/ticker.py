#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""WebSocket ticker, both ends (the websockets library, over TLS).

    ticker.py serve PORT CERTIFICATE KEY     sends five prices after a subscription
    ticker.py watch AUTHORITY URL            subscribes and reads them
"""
import asyncio
import json
import ssl
import sys

import websockets

COUNT = 5


async def prices(socket, *_):
    await socket.recv()
    for step in range(COUNT):
        await socket.send(json.dumps({"e": "trade", "s": "BTCUSDT", "p": "%d.10" % (67000 + step)}))


async def serve(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with websockets.serve(prices, "0.0.0.0", int(port), ssl=context):
        await asyncio.Future()


async def watch(authority, url):
    context = ssl.create_default_context(cafile=authority)
    async with websockets.connect(url, ssl=context) as socket:
        await socket.send('{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}')
        for _ in range(COUNT):
            await asyncio.wait_for(socket.recv(), 5)


asyncio.run({"serve": serve, "watch": watch}[sys.argv[1]](*sys.argv[2:]))
