# SPDX-License-Identifier: Apache-2.0
"""The mirror port: tcpdump on the bridge sees each frame once, both directions, as a SPAN port would."""
import gzip
import os
import signal
import subprocess
import time

from .network import BRIDGE

SETTLE_S = 0.4  # how long the last FIN, ACK or ICMP may take


class Capture:
    """`with Capture(...)`: records while inside, writes `target` in story time when left well."""

    def __init__(self, clock, folder, target):
        self.clock, self.target = clock, target
        self.raw, self.errors = os.path.join(folder, "raw.pcap"), os.path.join(folder, "tcpdump.log")

    def __enter__(self):
        self.tcpdump = subprocess.Popen(
            ("tcpdump", "-Z", "root", "-n", "-U", "--immediate-mode", "-B", "16384", "-s", "9216", "-i", BRIDGE,
             "-w", self.raw), stderr=open(self.errors, "wb"), stdin=subprocess.DEVNULL)
        self._wait_for("listening on")
        return self

    def __exit__(self, kind, *_):
        time.sleep(SETTLE_S)
        self.tcpdump.send_signal(signal.SIGINT)
        self.tcpdump.wait(timeout=10)
        if kind is None:
            self._wait_for("\n0 packets dropped by kernel")
            self._publish()

    def _wait_for(self, words):
        for _ in range(100):
            with open(self.errors) as log:
                if words in log.read():
                    return
            time.sleep(0.05)
        raise RuntimeError(f"tcpdump never said {words.strip()!r}: {open(self.errors).read()}")

    def _publish(self):
        moved = self.raw + ".moved"
        self.clock.rewrite(self.raw, moved)
        if self.target.endswith(".pcapng"):
            subprocess.run(("editcap", "-F", "pcapng", moved, self.raw), check=True)
            moved = self.raw
        if self.target.endswith(".gz"):
            with open(moved, "rb") as plain:
                packed = gzip.compress(plain.read(), 9, mtime=0)
            with open(moved, "wb") as out:
                out.write(packed)
        os.chmod(moved, 0o644)
        subprocess.run(("mv", moved, self.target), check=True)
