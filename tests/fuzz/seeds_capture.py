#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds of fuzz_pcap, fuzz_pcapng and fuzz_packed: seeds_capture.py FOLDER CAPTURE writes FOLDER/{pcap,pcapng,packed}."""
import gzip
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import capture_files as cf  # noqa: E402

folder, capture = sys.argv[1:]
frames = [(ns, data[:90]) for ns, data in cf.read_pcap(capture)[:6]]
seeds = {"pcap": {}, "pcapng": {}, "packed": {}}
for n, (kind, order) in enumerate((("us", "<"), ("us", ">"), ("ns", "<"), ("ns", ">"), ("modified", "<"), ("modified", ">"))):
    seeds["pcap"][kind + "le be".split()[order == ">"]] = bytes([n]) + cf.pcap(frames, kind, order)[4:]
for n, order in enumerate("<>"):
    for name, resolution, offset in (("plain", None, None), ("ns", 9, -60), ("binary", 0x80 | 30, None), ("fine", 12, frames[0][0] // 10**9)):
        whole = cf.pcapng(frames, order, name="eth0", resolution=resolution, offset=offset)
        seeds["pcapng"][name + str(n)] = bytes([n]) + whole[28:]
    mixed = cf.interface(order, 101, snaplen=60) + cf.interface(order, 1, "b") + b"".join(
        cf.packet(cf.ticks(ns), d, order, i % 2) + cf.old_packet(cf.ticks(ns), d, order) + cf.between(order)[:200]
        for i, (ns, d) in enumerate(frames))
    simple = cf.interface(order) + cf.block(3, (60).to_bytes(4, "little" if order == "<" else "big") + frames[0][1][:60], order)
    seeds["pcapng"]["mixed%d" % n] = bytes([n]) + mixed
    seeds["pcapng"]["simple%d" % n] = bytes([n]) + simple + cf.section("><"[n]) + cf.interface("><"[n])
for n, (name, size) in enumerate((("gzip", 2), ("zstd", 4), ("lz4", 4))):
    for inside, data in (("pcap", cf.pcap(frames)), ("pcapng", cf.pcapng(frames)), ("text", b"no capture")):
        if name == "gzip":
            whole = gzip.compress(data)
        elif shutil.which(name):
            whole = subprocess.run([name, "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
        else:
            continue
        seeds["packed"][name + inside] = bytes([n]) + whole[size:]
        seeds["packed"][name + inside + "2"] = bytes([n]) + whole[size:] + whole
for kind, files in seeds.items():
    os.makedirs(os.path.join(folder, kind), exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, kind, name), "wb") as out:
            out.write(data)
