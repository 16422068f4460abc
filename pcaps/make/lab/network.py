# SPDX-License-Identifier: Apache-2.0
"""Hosts on one switch.

The process already runs in its own network, mount and process namespaces (see ../run): the network
namespace is the switch, each host is one more namespace on a cable (veth) to the bridge `mirror`. No
interface leads to the machine's real network, so the public addresses used in here stay in here, and
all of it disappears with the process.
"""
import contextlib
import ipaddress
import os
import subprocess
import time

BRIDGE = "mirror"
OFFLOADS = ("tx", "rx", "sg", "tso", "gso", "gro")  # off: packets as they are on a wire
COMMAND_LIMIT_S = 25
MTU = 1500


def must(*argv, **options):
    """Run a set-up command; its failure ends the story with its own words."""
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, timeout=COMMAND_LIMIT_S, **options)


def build_switch():
    """Make the bridge, and the places where namespaces keep their names, private to this process."""
    os.makedirs("/run/netns", exist_ok=True)
    must("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    must("mount", "-t", "tmpfs", "tmpfs", "/dev/shm")
    _quiet_ipv6(prefix=())
    must("ip", "link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "0")
    must("ip", "link", "set", BRIDGE, "up")


def use_resolver(address, folder):
    """Make `address` the resolver of every host: /etc/resolv.conf, as seen from this process only."""
    path = os.path.join(folder, "resolv.conf")
    with open(path, "w") as out:
        out.write(f"nameserver {address}\noptions timeout:2 attempts:1\n")
    must("mount", "--bind", path, os.path.realpath("/etc/resolv.conf"))


class Host:
    """A machine on the switch. `addresses` are strings with prefix length; the first names its MAC."""

    def __init__(self, name, addresses, clock):
        self.name, self.clock, self.services = name, clock, []
        self.address = addresses[0].split("/")[0]
        must("ip", "netns", "add", name)
        _quiet_ipv6(("ip", "netns", "exec", name))
        self.must("sysctl", "-qw", "net.ipv4.conf.all.arp_announce=2")  # ask with the LAN's own address
        self._plug_in()
        for address in addresses:
            self.add_address(address, "eth0")

    def _plug_in(self):
        self.port = port = "port-" + self.name[:10]
        must("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "address",
             _mac(self.address), "netns", self.name)
        must("ip", "link", "set", port, "master", BRIDGE, "up")
        self.must("ip", "link", "set", "lo", "up")
        self.must("ip", "link", "set", "eth0", "up")
        self.must("ethtool", "-K", "eth0", *(word for o in OFFLOADS for word in (o, "off")),
                  stderr=subprocess.DEVNULL)
        self.resize()

    def resize(self):
        """Take the present size of frames."""
        must("ip", "link", "set", self.port, "mtu", str(MTU))
        self.must("ip", "link", "set", "eth0", "mtu", str(MTU))

    def add_address(self, address, device="lo"):
        """Add an address; the first IPv6 one ends the host's silence on IPv6."""
        if ":" in address:
            self.must("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
            self.must("ip", "address", "replace", address, "dev", device, "nodad")
        else:
            self.must("ip", "address", "replace", address, "dev", device)

    def route(self, *words):
        self.must("ip", "route", "add", *words)

    def must(self, *argv, **options):
        """A set-up command inside this host."""
        must("ip", "netns", "exec", self.name, *argv, **options)

    def run(self, *argv, fails=False, **options):
        """Run a client to its end, in story time. `fails=True` where the story wants it to fail."""
        done = subprocess.run(self._inside(argv), env=self._environment(), capture_output=True,
                              stdin=options.pop("stdin", subprocess.DEVNULL), timeout=COMMAND_LIMIT_S,
                              **options)
        if (done.returncode != 0) != fails:
            raise RuntimeError(f"{self.name}: {' '.join(argv)} gave {done.returncode}: "
                               + done.stderr.decode(errors="replace")[-600:])
        return done.stdout

    @contextlib.contextmanager
    def running(self, *argv):
        """A client that lives as long as the block and then ends by the end of its input."""
        with subprocess.Popen(self._inside(argv), env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as client:
            yield client
            client.stdin.close()
            client.wait(timeout=COMMAND_LIMIT_S)

    def start(self, *argv, tcp=None, udp=None):
        """Start a server in story time and wait until it listens."""
        log = open(os.path.join(os.path.dirname(self.clock.file), f"{self.name}.log"), "ab")
        server = subprocess.Popen(self._inside(argv), env=self._environment(), stdout=log,
                                  stderr=log, stdin=subprocess.DEVNULL)
        self.services.append(server)
        self._wait(server, argv, ("-t", tcp) if tcp else ("-u", udp))

    def _wait(self, server, argv, listening):
        family, port = listening
        for _ in range(100):
            if server.poll() is not None:
                raise RuntimeError(f"{self.name}: {' '.join(argv)} ended at once; see its log")
            if _outputs("ip", "netns", "exec", self.name, "ss", "-Hln", family, f"sport = :{port}"):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name}: nobody listens on {family[1]} {port}")

    def _inside(self, argv):
        return ("ip", "netns", "exec", self.name) + tuple(str(word) for word in argv)

    def _environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
                **self.clock.environment()}


def _outputs(*argv):
    return subprocess.run(argv, capture_output=True, timeout=COMMAND_LIMIT_S).stdout.strip()


def _quiet_ipv6(prefix):
    """Silence IPv6 until an address is given, and router solicitations for ever."""
    settings = {"disable_ipv6": "1", "accept_dad": "0", "accept_ra": "0", "router_solicitations": "0"}
    for scope in ("all", "default"):
        for name, value in settings.items():
            must(*prefix, "sysctl", "-qw", f"net.ipv6.conf.{scope}.{name}={value}")


def _mac(address):
    """A fixed, locally administered MAC, so that a remake shows the same hosts."""
    low = ipaddress.ip_address(address).packed[-4:]
    return "02:00:" + ":".join("%02x" % byte for byte in low)
