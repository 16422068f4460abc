# SPDX-License-Identifier: Apache-2.0
"""Traffic whose names and requests are made to break out of a line, a text or a terminal; and a look at the events that come of it."""
import json
import random
import re
import struct

PIECES = [b"\n", b"\r\n", b"\0", b"\x1b[2J\x1b]0;x\x07", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80",
          b"\xff", b"\xc2\x85", b"\x7f", b"\\x41", b"\\u000a", b'"}', b'","event_type":"alert"', b"\\", b"'", b"a", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b"\t", b"%s"]
MIXED = PIECES * 24 + [bytes([i]) for i in range(256)]  # seven of ten are pieces
HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffd]")


# ----------------------------------------------------------------- traffic

def hostile(rng, most, without=b""):
    return b"".join(rng.choices(MIXED, k=rng.randrange(1, most))).translate(None, without)


def conversation(client, port, request):
    """Frames of a TCP connection in which the client, 10.x.y.z by its number, says something."""
    client, server = struct.pack(">I", 0x0A000000 | client), b"\xc6\x33\x64\7"

    def frame(back, sequence, acknowledged, flags, payload=b""):
        ports = (80, port) if back else (port, 80)
        ends = server + client if back else client + server
        return (struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0) + ends +
                struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 65000, 0, 0) + payload)
    frames = [frame(False, 1, 0, 2), frame(True, 1, 2, 0x12), frame(False, 2, 2, 0x10)]
    for at in range(0, len(request), 1400):
        frames.append(frame(False, 2 + at, 2, 0x18, request[at:at + 1400]))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    return frames + [frame(True, 2, 2 + len(request), 0x18, answer), frame(False, 2 + len(request), 2 + len(answer), 0x14)]


def hello(name):
    """A TLS ClientHello for a server name of any bytes."""
    sni = struct.pack(">HHBH", len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions = struct.pack(">H", 0) + sni
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack(">H", len(extensions)) + extensions
    return b"\x16\3\1" + struct.pack(">H", len(body) + 4) + b"\1" + struct.pack(">I", len(body))[1:] + body


def question(client, name):
    """A datagram that asks DNS for labels of any bytes."""
    labels = b"".join(bytes([len(name[at:at + 60])]) + name[at:at + 60] for at in range(0, len(name), 60))[:240]
    dns = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    udp = struct.pack(">HHHH", 4000, 53, 8 + len(dns), 0) + dns
    return struct.pack(">BBHHHBBHI4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x0A000000 | client, b"\xc6\x33\x64\7") + udp


def frames_of(rng, agents, talks, questions):
    """So many requests of HTTP, hellos and questions, each from a client of its own; `agents` gets the user agents."""
    for i in range(talks):
        agent = hostile(rng, 40, b"\r\n\0").strip(b" \t")
        agents.add(agent)
        url, host = hostile(rng, 30, b"\r\n\0 \t"), hostile(rng, 12, b"\r\n\0")
        yield from conversation(i, 1024, b"GET /" + url + b" HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: " + agent + b"\r\n\r\n")
        yield from conversation(i, 20000, hello(hostile(rng, 20) or b"x"))
    for i in range(questions):
        yield question(i, hostile(rng, 20))
    yield from conversation(talks, 60000, b"GET /" + hostile(rng, 20000, b"\r\n\0 \t") + b" HTTP/1.1\r\nHost: a\r\n\r\n")


def capture(path, seed, talks, questions):
    """Writes one; returns the user agents in it."""
    agents = set()
    with open(path, "wb") as f:
        f.write(HEADER)
        for i, frame in enumerate(frames_of(random.Random(seed), agents, talks, questions)):
            f.write(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000, len(frame), len(frame)) + frame)
    return agents


# ------------------------------------------------------------------ events

def original(text):
    """The bytes that a text of an event was made of: \\xNN stands for the byte NN."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode())


class Look:
    """What is wrong with a file of events: `broken` in words, `odd` user agents that nobody sent."""

    def __init__(self, data, agents):
        text = data.decode("utf-8", "strict")
        lines = text.splitlines()  # at U+2028 and U+0085 too
        raw, self.kinds, seen = CONTROLS.search(text), set(), set()
        for line in lines:
            event = json.loads(line)
            self.kinds.add(event["event_type"])
            if "http_user_agent" in event.get("http", {}):
                seen.add(original(event["http"]["http_user_agent"]))
        self.events, self.agents, self.odd = len(lines), len(seen), [a for a in seen if a not in agents]
        self.broken = "" if len(lines) == data.count(b"\n") and not raw else f"{len(lines)} lines, {data.count(10)} ends, {raw}"


def loud(said):
    """What of the program's words a terminal would obey; "" for nothing."""
    found = OBEYED.search(said)
    return repr(said[max(0, found.start() - 40):found.end() + 40]) if found else ""
