# SPDX-License-Identifier: Apache-2.0
"""capture.py - classic pcap files as lists of (seconds, bytes, length on the wire), and runs of the program over them."""
import json
import os
import struct
import subprocess

PROGRAM = os.environ.get("HAETAE_ASAN") or os.environ.get("HAETAE") or "build/haetae"


def read(path):
    """-> link type, [(time, bytes, wire length)]"""
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    fine = 1e9 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1e6
    out, at = [], 24
    while at + 16 <= len(data):
        seconds, part, size, wire = struct.unpack(order + "IIII", data[at:at + 16])
        out.append((seconds + part / fine, data[at + 16:at + 16 + size], wire))
        at += 16 + size
    return struct.unpack(order + "I", data[20:24])[0], out


def write(path, link, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for frame in frames:
            time, data = frame[:2]
            wire = frame[2] if len(frame) > 2 else len(data)
            micro = round(time * 1e6)
            out.write(struct.pack("<IIII", micro // 1000000, micro % 1000000, len(data), wire) + data)


def run(path, folder, *options, status=0):
    """-> events; what went to standard error is in run.said"""
    eve = os.path.join(folder, "eve.json")
    if os.path.exists(eve):
        os.remove(eve)
    done = subprocess.run([PROGRAM, "-r", path, "-l", folder, "--set", "geo.enabled=no", *options], stderr=subprocess.PIPE, timeout=60)
    run.said = done.stderr.decode("utf-8", "replace")
    if done.returncode != status:
        raise AssertionError("exit status %d: %s" % (done.returncode, run.said[-300:]))
    with open(eve, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def counters(events):
    return events[-1]["ndpi"]["haetae"]


def check_account(events):
    packets = counters(events)["packets"]
    total = packets["decoded"] + packets["duplicates"] + packets["filtered"] + sum(packets["undecoded_by_reason"].values())
    assert packets["received"] == total, "the account does not sum up: %s" % packets
    return packets
