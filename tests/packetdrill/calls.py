"""System calls of scripts: `accept(3, ..., ...) = 4`, `read(4, ..., 100) = -1 EAGAIN (Resource ...)`."""
import ctypes
import errno
import re
import select
import socket
import struct

import library
from packets import ScriptError

CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s*=\s*(?P<result>-?\w+)(?:\s+(?P<errno>E\w+))?(?:\s*\(.*\))?\s*$")
FIONREAD, TIOCOUTQ = 0x541b, 0x5411
NUMBERS = {"F_GETFL": 3, "F_SETFL": 4, "SHUT_RD": 0, "SHUT_WR": 1, "SHUT_RDWR": 2, "SOCK_STREAM": 1, "IPPROTO_TCP": 6,
           "SIOCINQ": FIONREAD, "FIONREAD": FIONREAD, "SIOCOUTQ": TIOCOUTQ, "SOL_SOCKET": 1, "SOL_TCP": 6,
           "TCP_NODELAY": 1, "MSG_PEEK": 2, "MSG_DONTWAIT": 64, "POLLIN": 1, "POLLOUT": 4, "POLLERR": 8, "POLLHUP": 16,
           "POLLRDHUP": select.POLLRDHUP, **library.FLAGS,
           **{name: getattr(socket, name) for name in ("SO_REUSEADDR", "SO_ERROR", "SO_RCVBUF", "SO_LINGER")}}


def number(text):
    """`O_RDWR | O_NONBLOCK`, `0x02`, `[4]`."""
    total = 0
    for part in text.strip(" []").split("|"):
        part = part.strip()
        if part not in NUMBERS and not re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)", part):
            raise ScriptError(f"this is no number: {part}")
        total |= NUMBERS[part] if part in NUMBERS else int(part, 0)
    return total


def split(arguments):
    """At commas outside of brackets."""
    parts, depth = [""], 0
    for letter in arguments:
        depth += (letter in "[{(") - (letter in "]})")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


class Call:
    """One call and what it is to return. `run` is for any thread; `check` tells what differs, or ""."""

    def __init__(self, text):
        found = CALL.match(text)
        if not found:
            raise ScriptError(f"this is no call: {text}")
        self.text, self.name, self.arguments = text, found["name"], split(found["arguments"])
        self.result, self.errno = number(found["result"]), found["errno"] or ""
        self.returned = None
        self.extra = ""

    def run(self, world):
        self.returned = getattr(self, "do_" + self.name, self.unknown)(world, *self.arguments)
        result, _ = self.returned
        if result >= 0 and self.name in ("socket", "accept"):
            world.descriptors[self.result] = result

    def check(self):
        result, name = self.returned
        if self.name in ("socket", "accept") and result >= 0 and self.result >= 0:
            result = self.result
        if (result, name) != (self.result, self.errno):
            return f"{self.text}: it returned {result} {name}".rstrip()
        return self.extra

    def unknown(self, _world, *_):
        raise ScriptError(f"{self.name} is no call that is known here")

    def do_socket(self, world, _domain, kind, protocol):
        return world.library.call("socket", socket.AF_INET6 if world.is_v6 else socket.AF_INET, number(kind),
                                  number(protocol))

    def do_bind(self, world, fd, *_):
        name = library.name_of(world.local, world.port)
        return world.library.call("bind", world.fd(fd), name, len(name))

    def do_listen(self, world, fd, backlog):
        return world.library.call("listen", world.fd(fd), number(backlog))

    def do_accept(self, world, fd, *_):
        return world.library.call("accept", world.fd(fd), None, None)

    def do_connect(self, world, fd, *_):
        name = library.name_of(world.remote, world.port)
        return world.library.call("connect", world.fd(fd), name, len(name))

    def do_read(self, world, fd, _, count):
        return self.receive(world, fd, count, 0)

    def do_recv(self, world, fd, _, count, flags):
        return self.receive(world, fd, count, number(flags))

    def receive(self, world, fd, count, flags):
        room = ctypes.create_string_buffer(max(1, number(count)))
        return world.library.call("recv", world.fd(fd), room, number(count), flags, result=ctypes.c_ssize_t)

    def do_write(self, world, fd, _, count):
        size = number(count)
        return world.library.call("write", world.fd(fd), ctypes.create_string_buffer(max(1, size)), size,
                                  result=ctypes.c_ssize_t)

    def do_close(self, world, fd):
        return world.library.call("close", world.fd(fd))

    def do_shutdown(self, world, fd, how):
        return world.library.call("shutdown", world.fd(fd), number(how))

    def do_fcntl(self, world, fd, command, flags="0"):
        return world.library.call("fcntl", world.fd(fd), number(command), number(flags))

    def do_ioctl(self, world, fd, request, expected):
        answer = (ctypes.c_int * 1)()
        returned = world.library.call("ioctl", world.fd(fd), number(request), answer)
        if answer[0] != number(expected):
            self.extra = f"{self.text}: it told {answer[0]}"
        return returned

    def do_setsockopt(self, world, fd, level, name, value, _):
        linger = re.fullmatch(r"\{onoff=(\d), linger=(\d+)\}", value)
        raw = struct.pack("=ii", *map(int, linger.groups())) if linger else struct.pack("=i", number(value))
        return world.library.call("setsockopt", world.fd(fd), number(level), number(name),
                                  ctypes.create_string_buffer(raw, len(raw)), len(raw))

    def do_getsockopt(self, world, fd, level, name, expected, _):
        answer, length = (ctypes.c_int * 1)(), (ctypes.c_uint * 1)(4)
        returned = world.library.call("getsockopt", world.fd(fd), number(level), number(name), answer, length)
        wanted = expected.strip("[]")
        wanted = getattr(errno, wanted) if wanted.startswith("E") else number(wanted)
        if answer[0] != wanted:
            self.extra = f"{self.text}: it told {answer[0]}"
        return returned

    def do_poll(self, world, fds, _count, timeout):
        """`[{fd=4, events=POLLIN, revents=POLLIN}]`"""
        entries = re.findall(r"fd=(\d+),\s*events=([\w|\s]+),\s*revents=([\w|\s]+)", fds)
        raw = b"".join(struct.pack("=ihh", world.fd(fd), number(events), 0) for fd, events, _ in entries)
        memory = ctypes.create_string_buffer(raw, len(raw))
        returned = world.library.call("poll", memory, len(entries), number(timeout))
        got = [events for _, _, events in struct.iter_unpack("=ihh", memory.raw)]
        if got != [number(revents) for _, _, revents in entries]:
            self.extra = f"{self.text}: it told {got}"
        return returned
