# SPDX-License-Identifier: Apache-2.0
"""Lab: what a story is given.

A victim network with a gateway (.1) and a resolver (.53); the gateway is the host `internet`,
which owns every public address of the story. A story declares its hosts, sites and names, then acts
inside `with lab.recording():`.
"""
import contextlib
import ipaddress
import os
import random
import time

from . import network
from .capture import SETTLE_S, Capture
from .clock import Clock
from .network import Host, build_switch, use_resolver
from .services import Authority, Resolver, Web

PROGRAMS = os.path.join(os.path.dirname(__file__), "..", "programs")
BROWSER = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/126.0.0.0 Safari/537.36")
BROWSER_HEADERS = ("-H", "Accept: text/html,application/xhtml+xml,*/*;q=0.8",
                   "-H", "Accept-Language: en-US,en;q=0.9", "-H", "Sec-Fetch-Mode: navigate")
REMOTE_TTL = 52  # what is left of 64 after a dozen routers


class Lab:
    """The stage of one story. `lan` is the victim's IPv4 network, `start` the first moment (UTC)."""

    def __init__(self, lan, start, folder, target, upstream=None):
        self.lan, self.folder, self.target = ipaddress.ip_network(lan), folder, target
        self.clock, self.random = Clock(start, folder), random.Random(target.rsplit("/", 1)[-1])
        build_switch()
        self.gateway = str(self.lan[1])
        self.internet = Host("internet", [self._inside(1)], self.clock)
        self.internet.must("sysctl", "-qw", f"net.ipv4.ip_default_ttl={REMOTE_TTL}")
        self.authority = Authority(folder, self.clock)
        self.web = Web(self.internet, folder, self.authority)
        self.resolver = Resolver(self.host("resolver", 53), folder, upstream)
        self.upstream = upstream and self._upstream(upstream)
        self.names = self.upstream or self.resolver
        use_resolver(self.resolver.host.address, folder)

    def host(self, name, number, *more_addresses):
        """A host of the victim: the `number`-th address of the LAN, default route to the gateway."""
        host = Host(name, [self._inside(number), *more_addresses], self.clock)
        host.route("default", "via", self.gateway)
        return host

    def jumbo_frames(self):
        """Frames of 9000 bytes from here on, recorded whole: for what is about volume. To be said before the hosts are made."""
        network.MTU = 9000
        self.internet.resize()

    def site(self, name, address, routes=None, port=443, tls="TLSv1.2 TLSv1.3", gzip=False):
        """A web site on the Internet, known to the resolver. A bare address is its own name."""
        self.public(address)
        self.web.site(name, address, port, routes or {}, tls, gzip)
        if name != address:
            self.names.address(name, address)

    def public(self, address):
        """Give the Internet a public address (without a server)."""
        self.internet.add_address(address + ("/128" if ":" in address else "/32"))

    @contextlib.contextmanager
    def recording(self):
        """Start resolver and sites, record what happens inside."""
        for server in filter(None, (self.upstream, self.resolver, self.web)):
            server.start()
        with Capture(self.clock, self.folder, self.target):
            self.clock.begin()
            yield

    def later(self, settle=SETTLE_S, **duration):
        """Let the present packets arrive (`settle` seconds), then let story time pass: hours=3, days=1, ..."""
        time.sleep(settle)
        self.clock.later(**duration)

    def browse(self, host, *urls):
        """curl, with the headers of a browser: what the sites see, not how a browser's TLS looks."""
        self.curl(host, "-A", BROWSER, *BROWSER_HEADERS, *urls)

    def curl(self, host, *words):
        """curl with the laboratory's authority."""
        host.run("curl", "-sS", "--compressed", "--cacert", self.authority.certificate, "-m", "8", *words)

    def play(self, host, program, *words, **options):
        """Run one of ../programs as a client."""
        return host.run(*self._program(program), *words, **options)

    @staticmethod
    def program(program):
        """The path of one of ../programs."""
        return os.path.join(PROGRAMS, program)

    def serve(self, host, program, *words, **listens):
        """Start one of ../programs as a server."""
        host.start(*self._program(program), *words, **listens)

    def file(self, name, content):
        """A file with these bytes; returns its path."""
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def bytes(self, size, magic=b""):
        """Invented bytes, the same at every remake."""
        return magic + self.random.randbytes(size - len(magic))

    def _upstream(self, address):
        self.public(address)
        return Resolver(self.internet, self.folder)

    @staticmethod
    def _program(program):
        interpreter = "node" if program.endswith(".js") else "/usr/bin/python3"
        return interpreter, Lab.program(program)

    def _inside(self, number):
        return f"{self.lan[number]}/{self.lan.prefixlen}"
