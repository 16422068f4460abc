# SPDX-License-Identifier: Apache-2.0
"""Story time.

A story happens at a fixed date and may last days, but is played in seconds. Everything hangs on one
number: the offset between the machine's clock and the story's. Programs get it through libfaketime, so
that certificates are valid and HTTP dates are right; packets get it when the capture is rewritten.
Each jump ahead starts a new *cue*: from this real instant on, that offset holds.
"""
import bisect
import glob
import os
import struct
import time
from datetime import datetime, timedelta, timezone

LIBFAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"
PREPARATION_S = 3 * 86400  # certificates and servers are this much older than the story
PCAP_HEADER = struct.Struct("<IHHiIII")
RECORD_HEADER = struct.Struct("<IIII")
MICROSECOND_PCAP = 0xA1B2C3D4


class Clock:
    """Maps the machine's time to the story's. Times are seconds since 1970, UTC."""

    def __init__(self, start, folder):
        self.cues = []  # (real instant, offset), in order
        self.file = os.path.join(folder, "clock")
        self.start = datetime.fromisoformat(start).replace(tzinfo=timezone.utc).timestamp()
        self._jump_to(self.start - PREPARATION_S)

    def begin(self):
        """The preparations are over; now it is the story's first moment."""
        self._jump_to(self.start)

    def _jump_to(self, story_time):
        now = time.time()
        self.cues.append((now, story_time - now))
        with open(self.file + ".new", "w") as out:
            out.write("%+.6f\n" % self.cues[-1][1])
        os.replace(self.file + ".new", self.file)

    def later(self, **duration):
        """Jump ahead by timedelta's words: days=2, minutes=5. Never backwards."""
        step = timedelta(**duration).total_seconds()
        assert step > 0, "a story goes forwards"
        self._jump_to(time.time() + self.cues[-1][1] + step)

    def environment(self):
        """What a program needs in its environment to live in story time, long-running ones too."""
        return {"LD_PRELOAD": glob.glob(LIBFAKETIME)[0], "FAKETIME_TIMESTAMP_FILE": self.file,
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                "TZ": "UTC"}

    def story_time(self, real):
        """The story time, in microseconds, of a real instant in microseconds."""
        instants = [round(instant * 1e6) for instant, _ in self.cues]
        _, offset = self.cues[max(0, bisect.bisect_right(instants, real) - 1)]
        return real + round(offset * 1e6)

    def rewrite(self, source, target):
        """Copy a little-endian microsecond pcap with every packet moved to story time."""
        with open(source, "rb") as raw, open(target, "wb") as out:
            header = raw.read(PCAP_HEADER.size)
            assert PCAP_HEADER.unpack(header)[0] == MICROSECOND_PCAP, "tcpdump wrote another format"
            out.write(header)
            while record := raw.read(RECORD_HEADER.size):
                seconds, micros, captured, length = RECORD_HEADER.unpack(record)
                moved = divmod(self.story_time(seconds * 1_000_000 + micros), 1_000_000)
                out.write(RECORD_HEADER.pack(*moved, captured, length) + raw.read(captured))
