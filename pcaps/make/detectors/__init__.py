# SPDX-License-Identifier: Apache-2.0
"""One small capture for each thing a detector says, and one for what it must not say.

A function below `@capture` plays it, as a story does; its name becomes the file's (d12_no_name: pcaps/detectors/d12-no-name.pcap.gz),
its docstring the line in the table. `alerts` is the whole expectation, "SID:severity" once for each alert; without it the capture is
a near miss. ../run plays them, tests/suites/detectors asks haetae.
"""
import importlib
import ipaddress
import zlib

MODULES = ("names", "exchanges", "behaviour", "tools", "clear")
EVERY = {}  # name -> Capture, in the order in which they are written


class Capture:
    """What ../run and the test need to know. `options` are words for haetae's command line, `hosts` lines of its `hosts`."""

    SUFFIX = ".pcap.gz"

    def __init__(self, play, start, alerts, hosts, options):
        self.name, self.play, self.START = play.__name__.replace("_", "-"), play, start
        self.LAN = "10.%d.%d.0/24" % (60 + int(self.name[1:3]), zlib.crc32(self.name.encode()) % 255)
        self.alerts, self.hosts, self.options, self.SHOWS = sorted(alerts), hosts, options, {}
        self.says = " ".join(play.__doc__.split())

    def role(self, number, role):
        """The line of `hosts` that gives the LAN's `number`-th address a role."""
        return "{address: %s, roles: [%s]}" % (ipaddress.ip_network(self.LAN)[number], role)

    def roles(self):
        return [self.role(number, role) for number, role in self.hosts.items()]


def capture(start, alerts=(), hosts=None, options=()):
    """`hosts`: {number in the LAN: role}."""
    def keep(play):
        made = Capture(play, start, alerts, hosts or {}, options)
        EVERY[made.name] = made
        return play
    return keep


def every():
    for module in MODULES:
        importlib.import_module("detectors." + module)
    return EVERY


def table():
    """The captures as Markdown."""
    rows = ["| file | what happens | alerts |", "|---|---|---|"]
    for c in every().values():
        given = "".join(f"; .{number} has the role {role}" for number, role in c.hosts.items())
        rows.append(f"| `{c.name}` | {c.says.rstrip('.')}{given} | {', '.join(c.alerts) or 'none'} |")
    return "\n".join(rows) + "\n"
