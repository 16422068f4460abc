# SPDX-License-Identifier: Apache-2.0
"""D25, D26, D27, D31, D32: what is said in clear text; D30: what only looks as if it were not."""
import gzip
import os

from . import capture

WHEN = "2026-03-12 %02d:00:00"
RONIN = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"   # listed; EIP-55 holds
NOBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's own example
CONTRACT = "0x8eac3198dd72f3e07108c4c7cff43108ad48a71c"


def call(method, *parameters):
    return '{"jsonrpc":"2.0","id":1,"method":"%s","params":[%s]}' % (method, ",".join(parameters))


def ask(lab, host, *bodies, answer='{"jsonrpc":"2.0","id":1,"result":"0x0"}', pause=1):
    """POSTs each body to a node."""
    lab.site("node.example", "192.0.2.80", {"/": answer}, 8545, tls=None)
    with lab.recording():
        for body in bodies:
            lab.curl(host, "-H", "Content-Type: application/json", "-d", body, "http://node.example:8545/")
            lab.later(minutes=pause)


# ------------------------------------------------------------------ D25 mining

@capture(WHEN % 8, ["1792501:2", "1792501:2", "1792502:3"])
def d25_stratum(lab):
    """A desk mines at a pool that no list knows, on port 3333; the second alert knows for whom"""
    desk = lab.host("desk", 30)
    lab.public("192.0.2.81")
    lab.names.address("pool.example", "192.0.2.81")
    lab.serve(lab.internet, "answer.py", 3333, '{"id":1,"result":true,"error":null}', tcp=3333)
    with lab.recording():
        lab.play(desk, "say.py", "pool.example", 3333, '{"id":1,"method":"mining.subscribe","params":["cpuminer/2.5.1"]}',
                 '{"id":2,"method":"mining.authorize","params":["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.desk30","x"]}')


@capture(WHEN % 9)
def d25_article_near_miss(lab):
    """Somebody reads how miners speak, in clear HTTP"""
    lab.site("mining.example", "192.0.2.82", {"/stratum": '<p>First comes {"method":"mining.subscribe"}.'}, 80, tls=None)
    desk = lab.host("desk", 30)
    with lab.recording():
        lab.browse(desk, "http://mining.example/stratum")


# --------------------------------------------------------------- D26 chain RPC

@capture(WHEN % 8, ["1792603:3"])
def d26_call(lab):
    """A desk looks a transaction up at a node, in clear HTTP"""
    ask(lab, lab.host("desk", 30), call("eth_getTransactionByHash", '"0x%064x"' % 7))


@capture(WHEN % 22, ["1792603:3"])
def d26_packed(lab):
    """The same look, in a request that gzip has packed"""
    body = lab.file("call.gz", gzip.compress(call("eth_getTransactionByHash", '"0x%064x"' % 7).encode(), mtime=0))
    lab.site("node.example", "192.0.2.80", {"/": '{"jsonrpc":"2.0","id":1,"result":null}'}, 8545, tls=None)
    desk = lab.host("desk", 30)
    with lab.recording():
        lab.curl(desk, "-H", "Content-Type: application/json", "-H", "Content-Encoding: gzip", "--data-binary", "@" + body,
                 "http://node.example:8545/")


@capture(WHEN % 9, ["1792603:2", "1792604:2"], hosts={30: "server"})
def d26_dead_drop(lab):
    """A server reads the same contract every ten minutes"""
    read = call("eth_call", '{"to":"%s","data":"0x6d4ce63c"}' % CONTRACT, '"latest"')
    ask(lab, lab.host("server", 30), read, read, read, pause=10)


@capture(WHEN % 10, ["1792603:3", "1792605:2"])
def d26_code(lab):
    """A contract answers with the text of a program, as EtherHiding does"""
    text = b"(function(){var next='/* invented, does nothing */';return next.length;})();" * 6
    answer = '{"jsonrpc":"2.0","id":1,"result":"0x%064x%064x%s"}' % (32, len(text), text.hex())
    ask(lab, lab.host("desk", 30), call("eth_call", '{"to":"%s","data":"0x6d4ce63c"}' % CONTRACT, '"latest"'), answer=answer)


@capture(WHEN % 11, hosts={30: "wallet"})
def d26_wallet_near_miss(lab):
    """A host that may does all of it; another speaks JSON-RPC about something else"""
    editor = lab.host("editor", 31)
    read = call("eth_call", '{"to":"%s","data":"0x6d4ce63c"}' % CONTRACT, '"latest"')
    lab.site("tools.example", "192.0.2.83", {"/": '{"jsonrpc":"2.0","id":1,"result":{}}'}, 8545, tls=None)
    lab.site("node.example", "192.0.2.80", {"/": '{"jsonrpc":"2.0","id":1,"result":"0x0"}'}, 8545, tls=None)
    with lab.recording():
        for _ in range(3):
            lab.curl(lab_host(lab), "-d", read, "http://node.example:8545/")
        lab.curl(editor, "-d", call("tools/list"), "http://tools.example:8545/")


def lab_host(lab):
    """The host .30, made once."""
    if not hasattr(lab, "thirty"):
        lab.thirty = lab.host("wallet", 30)
    return lab.thirty


# ------------------------------------------------------------------ D27 wallets

@capture(WHEN % 8, ["1792700:1"])
def d27_form(lab):
    """A desk sends a form that names a sanctioned wallet"""
    desk = lab.host("desk", 30)
    lab.site("swap.example", "192.0.2.84", {"/order": "accepted"}, 80, tls=None)
    with lab.recording():
        lab.curl(desk, "-d", f"coin=eth&to={RONIN}&amount=3", "http://swap.example/order")


@capture(WHEN % 9, ["1792700:1"])
def d27_mail(lab):
    """A desk mails the wallet, without STARTTLS"""
    desk = lab.host("desk", 30)
    lab.public("192.0.2.85")
    lab.names.address("mail.example", "192.0.2.85")
    lab.serve(lab.internet, "mail.py", "serve", 25, tcp=25)
    with lab.recording():
        lab.play(desk, "mail.py", "send", "mail.example", 25, f"Please pay to {RONIN} today.")


@capture(WHEN % 10, ["1792701:2"])
def d27_page(lab):
    """A page that a desk reads names the wallet"""
    desk = lab.host("desk", 30)
    lab.site("explorer.example", "192.0.2.86", {"/top": f'<a href="/a/{RONIN}">top holder</a>'}, 80, tls=None)
    with lab.recording():
        lab.browse(desk, "http://explorer.example/top")


@capture(WHEN % 11)
def d27_other_wallets_near_miss(lab):
    """Wallets that are not listed, one whose checksum is wrong, and one that is part of a longer word"""
    desk = lab.host("desk", 30)
    lab.site("swap.example", "192.0.2.84", {"/order": "accepted"}, 80, tls=None)
    with lab.recording():
        for word in (NOBODY, RONIN[:-1] + "7", RONIN + "00", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"):
            lab.curl(desk, "-d", f"to={word}", "http://swap.example/order")


def packed_page(lab, word):
    desk = lab.host("desk", 30)
    lab.site("explorer.example", "192.0.2.86", {"/top": f'<a href="/a/{word}">top holder</a>'}, 80, tls=None, gzip=True)
    with lab.recording():
        lab.browse(desk, "http://explorer.example/top")


@capture(WHEN % 22, ["1792701:2"])
def d27_packed_page(lab):
    """The same page, packed by gzip on its way"""
    packed_page(lab, RONIN)


@capture(WHEN % 23)
def d27_packed_near_miss(lab):
    """Such a page with a wallet that nobody lists"""
    packed_page(lab, NOBODY)


# The first block's key, and examples of the specifications, as other chains write them: wallets.csv lists them as somebody's own list would.
COINS = ("LUEweDxDA4WhvWiNXXSxjM9CYzHPJv4QQF", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "DEA5vGb2NpAwCiCp5yTE16F3DueQUVivQp",
         "rwrzPrePnQGeC5pDMPTCTLnSLmvfD5vC42", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
         "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A")
WALLETS = ("--set", "plugins.detectors.tradecraft.wallets={pcaps}/detectors/wallets.csv")


def orders(lab, *words):
    desk = lab.host("desk", 30)
    lab.site("swap.example", "192.0.2.84", {"/order": "accepted"}, 80, tls=None)
    with lab.recording():
        for word in words:
            lab.curl(desk, "-d", f"to={word}", "http://swap.example/order")


@capture("2026-03-13 08:00:00", ["1792700:1"] * len(COINS), options=WALLETS)
def d27_other_coins(lab):
    """Orders to wallets of Litecoin, Dogecoin, XRP, Bitcoin Cash and Monero; their list is given by the option wallets"""
    orders(lab, *COINS)


@capture("2026-03-13 09:00:00", options=WALLETS)
def d27_other_coins_near_miss(lab):
    """The same with one character changed in each, and a wallet that the list does not have"""
    orders(lab, *(word[:-1] + ("z" if word[-1] != "z" else "y") for word in COINS), "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")


# ----------------------------------------------------------------- D30 fake TLS

def masquerade(lab, how):
    desk = lab.host("desk", 30)
    lab.public("192.0.2.91")
    lab.names.address("cloud.example", "192.0.2.91")
    lab.serve(lab.internet, "masquerade.py", "serve", 443, tcp=443)
    with lab.recording():
        lab.play(desk, "masquerade.py", "call", "cloud.example", 443, how)


@capture(WHEN % 19, ["1793000:2"])
def d30_data(lab):
    """Records of application data on port 443, and never a handshake"""
    masquerade(lab, "data")


@capture(WHEN % 20, ["1793000:2"])
def d30_hello(lab):
    """A true ClientHello, answered by application data"""
    masquerade(lab, "hello")


NETWORKS = ("--set", "geo.enabled=yes", "--set", "geo.databases.0={pcaps}/detectors/networks.mmdb")


def borrow(lab, address):
    """A server that shows a certificate of Naver's, and then no TLS."""
    desk = lab.host("desk", 30)
    lab.public(address)
    lab.names.address("cloud.example", address)
    lab.serve(lab.internet, "masquerade.py", "serve", 443, *lab.authority.issue("www.naver.com"), tcp=443)
    with lab.recording():
        lab.play(desk, "masquerade.py", "call", "cloud.example", 443, "hello")


@capture("2026-03-13 12:00:00", ["1793000:2", "1793001:1"], options=NETWORKS)
def d30_borrowed(lab):
    """A whole first flight of TLS with a certificate of Naver's, from somebody else's network, and random bytes behind it"""
    borrow(lab, "192.0.2.96")


@capture("2026-03-13 13:00:00", ["1793000:2"], options=NETWORKS)
def d30_at_home(lab):
    """The same from Naver's own network: false TLS, but nothing is borrowed"""
    borrow(lab, "192.0.2.97")


@capture("2026-03-13 14:00:00", options=NETWORKS)
def d30_proxy_near_miss(lab):
    """A true TLS server in somebody else's network shows that certificate, as content networks do"""
    desk = lab.host("desk", 30)
    lab.site("www.naver.com", "192.0.2.96", tls="TLSv1.2")
    with lab.recording():
        lab.browse(desk, "https://www.naver.com/")


@capture(WHEN % 21)
def d30_honest_near_miss(lab):
    """TLS 1.2 and 1.3, a certificate that the client refuses, a session that is resumed, and a client that speaks TLS to a plain web server"""
    desk = lab.host("desk", 30)
    lab.site("old.example", "192.0.2.92", tls="TLSv1.2")
    lab.site("new.example", "192.0.2.93", tls="TLSv1.3")
    lab.site("plain.example", "192.0.2.94", port=8443, tls=None)
    with lab.recording():
        lab.curl(desk, "https://old.example/", "https://new.example/")
        for words in (("curl", "-sS", "https://new.example/"), ("curl", "-sS", "https://plain.example:8443/"),
                      ("openssl", "s_client", "-reconnect", "-tls1_2", "-connect", "old.example:443")):
            desk.run("sh", "-c", '"$@" </dev/null || true', "sh", *words)


# -------------------------------------------------------------------- D31 shell

@capture(WHEN % 12, ["1793102:2"])
def d31_shell(lab):
    """A host speaks JSON behind lengths to a bare address on port 1245, and is answered so"""
    desk = lab.host("desk", 30)
    lab.public("192.0.2.87")
    lab.serve(lab.internet, "shell.py", "serve", 1245, tcp=1245)
    with lab.recording():
        lab.play(desk, "shell.py", "call", "192.0.2.87", 1245)


@capture(WHEN % 13)
def d31_logger_near_miss(lab):
    """A program reports in lines of JSON to a resolved name on port 5000, and to a bare address on port 12201"""
    desk = lab.host("desk", 30)
    for address in ("192.0.2.88", "192.0.2.89"):
        lab.public(address)
    lab.names.address("logs.example", "192.0.2.88")
    for port in (5000, 12201):
        lab.serve(lab.internet, "answer.py", port, '{"ok":true}', tcp=port)
    with lab.recording():
        lab.play(desk, "say.py", "logs.example", 5000, '{"level":6,"message":"started"}')
        lab.play(desk, "say.py", "192.0.2.89", 12201, '{"level":6,"message":"started"}')


def socket_io(lab, name):
    desk = lab.host("desk", 30)
    lab.public("192.0.2.95")
    if name != "192.0.2.95":
        lab.names.address(name, "192.0.2.95")
    lab.serve(lab.internet, "engine.py", "serve", 4567, tcp=4567)
    with lab.recording():
        lab.play(desk, "engine.py", "call", name, 4567)


@capture("2026-03-13 10:00:00", ["1793103:2"])
def d31_socket(lab):
    """A program opens Socket.IO with a bare address on port 4567, and gets an order"""
    socket_io(lab, "192.0.2.95")


@capture("2026-03-13 11:00:00")
def d31_socket_near_miss(lab):
    """The same program talks to a name that it resolved"""
    socket_io(lab, "chat.example")


# ---------------------------------------------------------------------- D32 FTP

def store(lab):
    """The server's folder."""
    return os.path.join(lab.folder, "ftp")


def transfer(lab, mode, way, *files):
    """The desk's files go to, or come from, an FTP server outside."""
    desk = lab.host("desk", 30)
    lab.public("192.0.2.90")
    lab.names.address("ftp.example", "192.0.2.90")
    os.makedirs(store(lab), exist_ok=True)
    lab.serve(lab.internet, "ftpd.py", store(lab), "anders", "q1w2e3", tcp=21)
    with lab.recording():
        lab.play(desk, "ftp.py", "ftp.example", "anders", "q1w2e3", mode, way, *files)


@capture(WHEN % 14, ["1793200:2"])
def d32_archive(lab):
    """An archive leaves by FTP, the server opens the data connection"""
    transfer(lab, "active", "put", lab.file("drawings.7z", lab.bytes(3000, b"7z\xbc\xaf\x27\x1c")))


@capture(WHEN % 15, ["1793202:2"])
def d32_wallet(lab):
    """The database of a browser's wallet leaves by FTP, in passive mode"""
    transfer(lab, "passive", "put", lab.file("000003.ldb", lab.bytes(2000)))


@capture(WHEN % 16, ["1793201:2"])
def d32_many(lab):
    """Ten documents leave, one after the other"""
    transfer(lab, "passive", "put", *[lab.file(f"letter-{n}.txt", lab.bytes(200)) for n in range(10)])


@capture(WHEN % 17, ["1793201:2"])
def d32_large(lab):
    """5.5 MB leave in two files without telling names (jumbo frames)"""
    lab.jumbo_frames()
    transfer(lab, "passive", "put", lab.file("a", bytes(2800000)), lab.file("b", bytes(2800000)))


@capture(WHEN % 18)
def d32_download_near_miss(lab):
    """An archive comes by FTP; and a small text goes"""
    os.makedirs(store(lab))
    transfer(lab, "passive", "get", lab.file("ftp/drivers.zip", lab.bytes(3000, b"PK\x03\x04")))
