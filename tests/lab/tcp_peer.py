"""Both ends of a cable whose one end is tcp_host, a stack of ours behind a tap, and whose other is the kernel's TCP."""
import hashlib
import os
import socket
import threading

from appliance import BUILD
from net import Namespace
from processes import until

HOST = os.path.join(BUILD, "tests/tcp_host")
OURS = {4: "10.9.0.1", 6: "fd09::1"}
KERNEL = {4: "10.9.0.2", 6: "fd09::2"}
EXCHANGE, HTTP = 9, 80
PIECE = 65536

# What tests/lab/tcp_host/content.hpp says.
BLOCK = bytes((at * 167 + (at >> 8) * 59 + (at * at >> 11)) & 255 for at in range(1999 * 32))
LOOKED_AT = BLOCK + BLOCK + BLOCK


def content(offset, count):
    """At most one block and a bit."""
    start = offset % len(BLOCK)
    return LOOKED_AT[start:start + count]


def content_hash(count):
    whole = hashlib.sha256()
    for offset in range(0, count, len(BLOCK)):
        whole.update(content(offset, min(len(BLOCK), count - offset)))
    return whole.hexdigest()


class Cable:
    """A namespace with the kernel's end; tcp_host runs in it too, behind its tap."""

    def __init__(self, folder):
        self.namespace = Namespace("tcp", folder)
        self.process = None

    def close(self):
        if self.process:
            self.process.kill()
        self.namespace.delete()

    def set(self, settings):
        for key, value in settings.items():
            self.namespace.sysctl(key.replace(".", "/"), value)

    def start(self, *words, flags="-", impairments="-"):
        """tcp_host, and the kernel's end of its tap with addresses and the way to it."""
        if self.process:
            self.process.kill()
        name = f"tcp_host-{'-'.join(words)[:40].replace('/', '_')}"
        log = os.path.join(self.namespace.folder, f"{self.namespace.role}-{name}.log")
        if os.path.exists(log):
            os.remove(log)
        self.process = self.namespace.start(name, HOST, "net_tap0,iface=wire", flags, impairments, *words)
        until(lambda: "\nready " in self.process.output() or not self.process.running(), "tcp_host is ready", 30)
        assert self.process.running(), self.process.output()
        mac = self.process.output().split("\nready ")[1].split()[0]
        for family in (4, 6):
            length = {4: 24, 6: 64}[family]
            self.namespace.ip(f"address add {KERNEL[family]}/{length} dev wire")
            self.namespace.ip(f"neigh replace {OURS[family]} lladdr {mac} dev wire nud permanent")
        self.namespace.ip("link set wire up")
        return self

    def serve(self, **options):
        return self.start("serve", *OURS.values(), **options)

    def connect(self, family, up, down, mode, count, at_a_time, **options):
        return self.start("connect", OURS[family], KERNEL[family], str(up), str(down), mode, str(count),
                          str(at_a_time), **options)

    def outcomes(self):
        """Of connections that tcp_host has told of: (request, bytes, "right" or "wrong", how it ended)."""
        lines = [line.split(": ") for line in self.process.output().splitlines()]
        return [(line[0], *line[1].split()) for line in lines if len(line) == 2 and len(line[1].split()) == 3]

    def stop(self):
        """Its counters. Whatever it held must have been given back."""
        self.process.stop()
        return self.finished()

    def finished(self):
        lines = self.process.output().splitlines()
        assert lines and lines[-1] == "clean", self.process.output()[-2000:]
        words = [line.split() for line in lines]
        return {word[0]: int(word[1]) for word in words if len(word) == 2 and word[1].isdigit()}


def exchange(connection, up, down, mode):
    """The client's side. Returns (bytes, whether they are right, how it ended)."""
    state = {"received": 0, "right": True, "end": "finished"}

    def send():
        try:
            connection.sendall(f"{up} {down} {mode}\n".encode())
            for offset in range(0, up, PIECE):
                connection.sendall(content(offset, min(PIECE, up - offset)))
            if mode in ("half", "both"):
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            state["end"] = "reset"

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    receive(connection, state, down if mode == "reset" else None)
    sender.join(30)
    if mode == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    return state["received"], state["right"], state["end"]


def receive(connection, state, most=None):
    """Until the end, or so many bytes."""
    try:
        while most is None or state["received"] < most:
            data = connection.recv(PIECE if most is None else min(PIECE, most - state["received"]))
            if not data:
                return
            state["right"] &= data == content(state["received"], len(data))
            state["received"] += len(data)
    except ConnectionResetError:
        state["end"] = "reset"
    except TimeoutError:
        state["end"] = "silent"


class ExchangeServer:
    """The kernel's TCP as the server, a thread a connection."""

    def __init__(self, namespace, family):
        self.outcomes = []
        self.socket = namespace.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("::" if family == 6 else "0.0.0.0", EXCHANGE))
        self.socket.listen(1024)
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(60)
        state = {"received": 0, "right": True, "end": "finished"}
        request = b""
        try:
            while not request.endswith(b"\n"):
                request += connection.recv(1) or b"\n"
            up, down, mode = request.decode().split()
            if mode in ("both", "reset"):
                sender = threading.Thread(target=self.answer, args=(connection, int(down), mode), daemon=True)
                sender.start()
                receive(connection, state)
                sender.join(60)
            elif mode == "half":
                receive(connection, state)
                self.answer(connection, int(down), mode)
            else:  # abort
                receive(connection, state, int(up))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        except OSError as error:
            state["end"] = type(error).__name__
        connection.close()
        self.outcomes.append((request.decode().strip(), state["received"], state["right"], state["end"]))

    @staticmethod
    def answer(connection, down, mode):
        try:
            for offset in range(0, down, PIECE):
                connection.sendall(content(offset, min(PIECE, down - offset)))
            if mode == "both":
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the receiving side tells
