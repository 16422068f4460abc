# SPDX-License-Identifier: Apache-2.0
"""The program with numbered sinks; sinks on loopback that stop and come back when told to: a real redis-server, a server that misbehaves,
librdkafka's mock cluster, who reads a local socket; and the account of what reached them."""
import collections
import ctypes
import glob
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time


# -------------------------------------------------------------- the program

def start(program, folder, sinks, source, types=("flow", "dns")):
    """The program with a numbered file `eve.json` and these numbered sinks, all with the same types."""
    common = {"event-seq": True, "types": list(types)}
    entries = [{"eve-log": {"filename": "eve.json", "append": False, **common}}] + [{"eve-log": {**common, **s}} for s in sinks]
    config = os.path.join(folder, "haetae.yaml")
    with open(config, "w", encoding="utf-8") as f:
        json.dump({"default-log-dir": folder, "outputs": entries}, f)
    return subprocess.Popen([program, "-q", "-c", config, *source], stderr=subprocess.PIPE, text=True)


def live(program, folder, sinks):
    """Watches loopback for DNS; returns when it does."""
    process = start(program, folder, sinks, ["-i", "lo"], ("dns",))
    until = time.time() + 15
    while time.time() < until and len(open("/proc/net/packet", encoding="ascii").readlines()) < 2:
        time.sleep(0.05)
    time.sleep(0.3)
    return process


def ask_dns(seconds, rate):
    """DNS questions over loopback, each with a name of its own."""
    sender, number, began = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0, time.time()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 53))
        while (now := time.time() - began) < seconds:
            while number < now * rate:
                name = b"".join(bytes([len(p)]) + p for p in (b"n%d" % number, b"example", b"org")) + b"\0"
                sender.sendto(struct.pack(">HHHHHH", number & 65535, 0x100, 1, 0, 0, 0) + name + b"\0\1\0\1", ("127.0.0.1", 53))
                number += 1
            time.sleep(0.002)
    return number


# ----------------------------------------------------------------- accounts

class Account:
    """What lines say of themselves: how often each number came, in which order, and what gap records tell."""

    def __init__(self, lines):
        self.times, self.order, self.gap, self.reasons = collections.Counter(), [], 0, collections.Counter()
        for line in lines:
            event = json.loads(line)
            own = event["ndpi"]["haetae"]
            if "gap" in own:
                self.gap += own["gap"]["lines"]
                self.reasons.update(own["gap"]["reasons"])
                continue
            self.times[own["event_seq"]] += 1
            self.order.append(own["event_seq"])
        self.double = sum(n - 1 for n in self.times.values())

    def in_order(self):
        seen = list(dict.fromkeys(self.order))
        return seen == sorted(seen)

    def why_not(self, produced, doubles=0):
        """What is wrong, when so many were produced and so many may come twice."""
        missing = produced - len(self.times)
        if missing != self.gap or not self.in_order() or self.double > doubles or (self.times and max(self.times) > produced):
            return f"{len(self.times)} of {produced}, told as lost {self.gap}, double {self.double}, in order {self.in_order()}"
        return ""


def file_lines(folder):
    with open(os.path.join(folder, "eve.json"), "rb") as f:
        return f.read().splitlines()


def spooled(folder, name="eve-log-2"):
    """Lines in the spool; those that were delivered may stand there, too."""
    text = b"".join(open(f, "rb").read() for f in sorted(glob.glob(os.path.join(folder, "spool", name, "*.spool"))))
    return re.findall(rb'\{"timestamp".*\}\n', text)


def spool_size(folder, name="eve-log-2"):
    return sum(os.path.getsize(f) for f in glob.glob(os.path.join(folder, "spool", name, "*.spool")))


# --------------------------------------------------------------------- sinks

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Redis:
    """A server on loopback that keeps what it confirmed, also when it is killed, unless it need not."""

    def __init__(self, folder, port=None, keeps=True):
        self.port, self.folder, self.keeps = port or free_port(), folder, keeps
        self.process = None

    def begin(self):
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
                                         "--appendonly", "yes" if self.keeps else "no", "--appendfsync", "always"], stdout=subprocess.DEVNULL)
        until = time.time() + 10
        while time.time() < until and b"PONG" not in self.ask("PING"):
            time.sleep(0.02)
        return self

    def ask(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, check=False).stdout

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        if how == signal.SIGKILL:
            self.process.wait()

    def sink(self, **more):
        return {"filetype": "redis", "redis": {"port": self.port, "mode": "rpush", "key": "eve", "pipelining": {"batch-size": 50}}, **more}

    def account(self):
        return Account(self.ask("LRANGE", "eve", "0", "-1").splitlines())


class Reader(threading.Thread):
    """A server of Redis' protocol that treats each of its connections as `moods` says, the last mood for ever: "ok"; "reset" after some
    commands; "gone" (reset at once); "mute" (takes all, answers nothing for `mute_s`, then resets); "slow" (`pause_s` a line)."""

    def __init__(self, moods, mute_s=2, pause_s=0.0005):
        super().__init__(daemon=True)
        self.moods, self.lines, self.times = list(moods), [], []  # times: of connections
        self.mute_s, self.pause_s, self.connection = mute_s, pause_s, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def sink(self, **more):
        return {"filetype": "redis", "redis": {"port": self.port, "mode": "rpush", "key": "eve", "pipelining": {"batch-size": 50}}, **more}

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.connection = connection
            self.times.append(time.monotonic())
            mood = self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]
            try:
                self.serve(connection, mood)
            except OSError:
                pass
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets
            connection.close()

    def change(self, mood):
        """The connection ends, and the next ones are of this mood."""
        self.moods = [mood]
        try:
            if self.connection:
                self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def serve(self, connection, mood):
        if mood == "gone":
            return
        if mood == "mute":
            connection.settimeout(0.3)
            until = time.time() + self.mute_s
            while time.time() < until:
                try:
                    if not connection.recv(65536):
                        return
                except TimeoutError:
                    pass
            return
        got, stream = 0, connection.makefile("rb")
        while (head := stream.readline()):
            words = []
            for _ in range(int(head[1:])):
                size = int(stream.readline()[1:])
                words.append(stream.read(size + 2)[:-2])
            self.lines.append(words[-1])
            got += 1
            if mood == "reset" and got == 120:
                return
            connection.sendall(b":1\r\n")
            if mood == "slow":
                time.sleep(self.pause_s)


class Message(ctypes.Structure):
    _fields_ = [("err", ctypes.c_int), ("topic", ctypes.c_void_p), ("partition", ctypes.c_int32), ("payload", ctypes.c_void_p),
                ("len", ctypes.c_size_t), ("key", ctypes.c_void_p), ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64)]


class Kafka:
    """A cluster of three brokers in this process."""
    PARTITIONS = 4

    def __init__(self):
        self.lib = lib = ctypes.CDLL("librdkafka.so.1")
        for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new", "rd_kafka_topic_partition_list_new",
                     "rd_kafka_topic_partition_list_add"):
            getattr(lib, name).restype = ctypes.c_void_p
        lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        lib.rd_kafka_consumer_poll.restype = ctypes.POINTER(Message)
        self.owner = self.client(0)
        self.cluster = ctypes.c_void_p(lib.rd_kafka_mock_cluster_new(self.owner, 3))
        lib.rd_kafka_mock_topic_create(self.cluster, b"events", self.PARTITIONS, 3)
        self.brokers = lib.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()

    def client(self, kind, **settings):
        why = ctypes.create_string_buffer(256)
        conf = ctypes.c_void_p(self.lib.rd_kafka_conf_new())
        self.lib.rd_kafka_conf_set_log_cb(conf, None)
        for name, value in settings.items():
            self.lib.rd_kafka_conf_set(conf, name.replace("_", ".").encode(), value.encode(), why, 256)
        return ctypes.c_void_p(self.lib.rd_kafka_new(kind, conf, why, 256))

    def all_brokers(self, up):
        for i in (1, 2, 3):
            (self.lib.rd_kafka_mock_broker_set_up if up else self.lib.rd_kafka_mock_broker_set_down)(self.cluster, i)

    def slow(self, ms):
        """How long each answer of a broker takes from now on."""
        for i in (1, 2, 3):
            self.lib.rd_kafka_mock_broker_set_rtt(self.cluster, i, ms)

    def refuse(self, *errors):
        """The next requests to take messages are answered with these errors of the protocol."""
        self.lib.rd_kafka_mock_push_request_errors(self.cluster, 0, ctypes.c_size_t(len(errors)), *errors)

    def sink(self, topic="events", **more):
        return {"filetype": "kafka", "kafka": {"brokers": self.brokers, "topic": topic, "linger": 1}, **more}

    def messages(self, wanted):
        """(partition, key, value) of all that is there."""
        consumer, got, quiet, until = self.client(1, bootstrap_servers=self.brokers, group_id="test"), [], 0, time.time() + 15
        parts = ctypes.c_void_p(self.lib.rd_kafka_topic_partition_list_new(self.PARTITIONS))
        for i in range(self.PARTITIONS):
            entry = self.lib.rd_kafka_topic_partition_list_add(parts, b"events", i)
            ctypes.c_int64.from_address(entry + 16).value = -2  # rd_kafka_topic_partition_t.offset: from the beginning
        self.lib.rd_kafka_assign(consumer, parts)
        while quiet < 3 and time.time() < until:
            m = self.lib.rd_kafka_consumer_poll(consumer, 100)
            quiet = 0 if m or len(got) < wanted else quiet + 1
            if m and m.contents.err == 0:
                c = m.contents
                got.append((c.partition, ctypes.string_at(c.key, c.key_len) if c.key else None, ctypes.string_at(c.payload, c.len)))
            if m:
                self.lib.rd_kafka_message_destroy(m)
        self.lib.rd_kafka_consumer_close(consumer)
        return got


def kafka_account(cluster, wanted=1):
    """Of all that is there. Order is a promise within a partition only."""
    lanes = collections.defaultdict(list)
    for partition, _, value in cluster.messages(wanted):
        lanes[partition].append(value)
    account = Account(value for lane in lanes.values() for value in lane)
    if all(Account(lane).in_order() for lane in lanes.values()):
        account.order.sort()
    return account


class Stream(threading.Thread):
    """Who reads a local socket, and stops while `still` is set."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.listener, self.still, self.data = socket.socket(socket.AF_UNIX), threading.Event(), bytearray()
        self.listener.bind(os.path.join(folder, "socket"))
        self.listener.listen(1)
        os.chmod(os.path.join(folder, "socket"), 0o777)
        self.start()

    def run(self):
        connection, _ = self.listener.accept()
        while (piece := connection.recv(4096)):
            self.data += piece
            while self.still.is_set():
                time.sleep(0.01)

    def all(self):
        self.still.clear()
        self.join(10)
        return bytes(self.data)

    def account(self):
        return Account(self.all().splitlines())
