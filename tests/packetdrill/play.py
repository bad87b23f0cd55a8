#!/usr/bin/python3
"""Plays packetdrill's scripts, as far as the ones here go, against tcp_packetdrill.so: `play.py SO SCRIPT...`.

Every script is played over IPv4 and IPv6, or over what its --ip_version says. A script is a list of events:

    +0.1 < S 0:0(0) win 65535 <mss 1000>        a packet that comes in: numbers are relative to the first of each side
    +0   > S. 0:0(0) ack 1 <...>                one that has to leave; what is not said of it does not matter
    +0   accept(3, ..., ...) = 4                a call; `0.1...0.3` before one: it blocks until then

`--so_flags=...` is for the stack (so_flags.hpp), `--tolerance_usecs=...` says how late or early events may be.
Not here: commands in backticks, code, ICMP.
"""
import re
import sys
import threading

import calls
from library import Library
from packets import Segment, ScriptError, option_bytes, read_packet, write_packet

TIME = re.compile(r"(?P<plus>\+)?(?P<from>\d*\.?\d+)(?:(?P<kind>\.\.\.|~)\+?(?P<to>\d*\.?\d+))?\s+(?P<rest>.*)$")
ADDRESSES = {4: ("192.168.0.1", "192.0.2.1"), 6: ("fd3d:fa7b:d17d::1", "2001:db8::1")}


class World:
    """A script's run: the stack, the two ends, and what numbers of the script are on the wire."""

    def __init__(self, so, options, version):
        self.is_v6 = version == 6
        self.local, self.remote = ADDRESSES[version]
        self.port, self.local_port, self.remote_port = 8080, 8080, 40000
        self.library = Library(so, options.get("so_flags", ""))
        self.tolerance = int(options.get("tolerance_usecs", "4000")) / 1e6
        self.start = self.library.now()
        self.descriptors = {}
        self.sequence = None  # of the stack: wire - script
        self.clock = None     # of its timestamps
        self.running = None

    def fd(self, text):
        return self.descriptors.get(calls.number(text), 999999)

    def now(self):
        return self.library.now() - self.start

    def inject(self, segment):
        shift = self.sequence or 0
        echo = lambda number, is_sequence=False: number + (shift if is_sequence else (self.clock or 0) if number else 0)
        options = b"".join(option_bytes(text, echo) for text in segment.options or [] if text)
        wire = Segment(segment.flags, segment.seq, segment.length,
                       None if segment.ack is None else segment.ack + shift, segment.win, None)
        ends = (self.remote, self.remote_port, self.local, self.local_port)
        self.library.inject(write_packet(ends, wire, options, bytes(segment.length)))

    def expect(self, segment, begin, end):
        sniffed = self.library.sniff()
        if sniffed is None:
            raise ScriptError(f"nothing left, and this was expected: {segment}")
        data, time = sniffed
        (_, port, _, remote_port), live, _ = read_packet(data)
        if self.sequence is None and segment.flags & 2:
            self.sequence = live.seq - segment.seq
            self.local_port, self.remote_port = port, remote_port
        live.seq = (live.seq - (self.sequence or 0)) % 2**32
        self.translate(live, segment)
        wanted = Segment(segment.flags, segment.seq, segment.length, segment.ack if segment.flags & 16 else live.ack,
                         live.win if segment.win is None else segment.win,
                         [] if segment.options is None else segment.options)
        if segment.options == ["..."]:
            wanted.options = live.options
        if str(wanted) != str(live):
            raise ScriptError(f"expected {wanted}\n    but what left was {live}")
        when = time - self.start
        if not begin - self.tolerance <= when <= end + self.tolerance:
            raise ScriptError(f"{live} left at {when:.6f} s, not at {begin:.6f} s")

    def translate(self, live, segment):
        """The stack's timestamps become the script's, if they are about what it expects; SACK blocks stay."""
        wanted = next((text for text in segment.options or [] if text.startswith("TS")), None)
        for at, text in enumerate(live.options):
            if not text.startswith("TS") or wanted is None:
                continue
            _, _, value, _, echo = text.split()
            script = int(wanted.split()[2])
            if self.clock is None:
                self.clock = int(value) - script
            near = abs(int(value) - self.clock - script) <= self.tolerance * 1000 + 1
            live.options[at] = f"TS val {script if near else int(value) - self.clock} ecr {echo}"

    def call(self, call, end):
        if end is None:
            call.run(self)
            self.judge(call)
            return
        self.wait_for_call()
        thread = threading.Thread(target=call.run, args=(self,), daemon=True)
        thread.start()
        self.running = (thread, call, end)

    def judge(self, call):
        if difference := call.check():
            raise ScriptError(difference)

    def wait_for_call(self):
        if self.running is None:
            return
        thread, call, end = self.running
        self.running = None
        self.library.passes(end + self.tolerance - self.now())
        thread.join(timeout=5)
        if thread.is_alive():
            raise ScriptError(f"{call.text}: it still blocks")
        self.judge(call)


def read_script(path):
    """Options, and (line, text) of every event."""
    options, events = {}, []
    with open(path, encoding="utf-8") as file:
        for at, line in enumerate(file, 1):
            line = line.split("//")[0].strip()
            if found := re.fullmatch(r"--(\w+)=(.*)", line):
                options[found[1]] = found[2]
            elif line:
                events.append((at, line))
    return options, events


def play_event(world, text, last):
    """Returns when it was to happen."""
    found = TIME.match(text)
    if not found:
        raise ScriptError(f"no time stands before this: {text}")
    base = last if found["plus"] else 0
    begin = base + float(found["from"])
    end = None if found["to"] is None else (begin if found["kind"] == "..." and found["plus"] else
                                            base if found["plus"] else 0) + float(found["to"])
    rest = found["rest"].strip()
    if rest.startswith(">"):
        world.expect(Segment.parse(rest[1:].strip()), begin, begin if end is None else end)
        return max(begin, world.now())
    world.library.passes(begin - world.now())
    if rest.startswith("<"):
        world.inject(Segment.parse(rest[1:].strip()))
    else:
        world.call(calls.Call(rest), end)
    return begin


def play(so, path, version):
    """What went wrong, or ""."""
    options, events = read_script(path)
    if options.get("ip_version", f"ipv{version}") != f"ipv{version}":
        return ""
    if version == 6 and "mss=" in options.get("so_flags", ""):
        options["so_flags"] += ",mss6=1460"
    world = World(so, options, version)
    line, last = 0, 0.0
    try:
        for line, text in events:
            last = play_event(world, text, last)
        world.wait_for_call()
    except ScriptError as error:
        return f"{path}:{line}: over IPv{version}: {error}"
    finally:
        world.library.free() if world.running is None else None
    return ""


def main(so, *paths):
    failures = [failure for path in paths for version in (4, 6) if (failure := play(so, path, version))]
    for failure in failures:
        print(failure)
    print(f"{len(paths)} scripts, {len(failures)} failures")
    return 1 if failures or not paths else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: play.py SO SCRIPT...")
    sys.exit(main(*sys.argv[1:]))
