"""./run bench failover: how long a client is without answers when the master of a pair fails, ours beside keepalived's.

Both pairs stand on the lab's outside segment (docs/performance.md draws it), one after the other for each setting. A
client sends a datagram every millisecond and hears all adverts. A run: wait until a is master and answers, wait one to
two advert intervals, let the event befall a, wait until only b answers, undo it. Then, with 10 ms adverts, processor
load and nobody failing: who takes over all the same. Nothing stays behind, also after Ctrl-C. "Disturbed" counts the
take-overs before an event, by mistake: such a run begins again."""
import argparse
import math
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time

import demo
from appliance import BUILD, ROOT
from bench_pairs import PORT, PRIORITIES, Ours, OursFirst, OursPinned, Setting, Theirs, TheirsFirst
from bench_watch import Watch
from ha import VIRTUAL
from harness import PYTHON, Lab
from processes import Process, run, until

SETTINGS = {
    "seed": Setting("v2, 1 s, PASS", 2, 1000, password=True),
    "100ms": Setting("v3, 100 ms", 3, 100),
    "10ms": Setting("v3, 10 ms", 3, 10),
    "heartbeat-5ms": Setting("v2, 1 s, PASS, heartbeat 5 ms x 3", 2, 1000, password=True, heartbeat=(5, 3)),
    "heartbeat-1ms": Setting("v2, 1 s, PASS, heartbeat 1 ms x 5", 2, 1000, password=True, heartbeat=(1, 5)),
}
# name: (title, what begins it, what ends it, priority of the old master's last advert that counts)
EVENTS = {
    "kill": ("SIGKILL", "kill", "start_again", PRIORITIES["a"]),
    "link": ("link down", "unplug", "plug", PRIORITIES["a"]),
    "priority": ("priority lowered", "lower", "raise_again", PRIORITIES["a"]),
    "stop": ("graceful stop", "stop", "start_again", 0),
}
MIX = ["--cpu", "4", "--vm", "2", "--io", "2", "--fork", "4", "--switch", "2", "--timer", "1"]
PATIENCE_S = 20
DISTURBANCES_MAX = 10
EVENT_COLUMNS = ("settings", "pair", "event", "runs", "service", "from last advert", "outage")
COMMIT_COLUMNS = ("services", "commits", "one commit", "advert gap p99 / max before", "meanwhile", "take-overs")
SERVICES = (2, 1000, 5000)
ADDRESSES = [f"10.98.0.{1 + at}" for at in range(249)]
LOAD_COLUMNS = ("load", "pair", "take-overs", "advert gap p99 / max", "longest outage")
WIDTHS = (64, 16, 20, 22, 26, 26, 26)


def percentile(ordered, percent):
    """The nearest rank."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread(values):
    """min / median / max; from a hundred values on min / median / p99 / max."""
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return "-"
    picked = [ordered[0], statistics.median(ordered), ordered[-1]]
    if len(ordered) >= 100:
        picked.insert(2, percentile(ordered, 99))
    return " / ".join(f"{value:.{0 if value >= 999.95 else 1}f}" for value in picked)


class Report:
    """Two tables, on the terminal row by row, and as Markdown in a file that is whole after each row."""

    def __init__(self, path, head, widths=WIDTHS):
        self.path, self.lines, self.widths = path, [head, ""], widths
        print(head, flush=True)

    def table(self, columns, note):
        self.row(columns, f"\n{note}\n")
        self._add("|" + "---|" * len(columns))

    def row(self, cells, before=None):
        if before is not None:
            print(before, flush=True)
            self._add(before)
        print("".join(f"{cell:<{width}}" for cell, width in zip(cells, self.widths, strict=False)).rstrip(), flush=True)
        self._add("| " + " | ".join(cells) + " |")

    def _add(self, line):
        self.lines.append(line)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")


class Bench:
    """One pair at a time, with a watch on it."""

    def __init__(self, lab, options, report):
        self.lab, self.options, self.report = lab, options, report
        self.pair = self.watch = None
        self.disturbances = 0

    def start(self, kind, setting):
        client = self.lab.namespaces["client"]
        client.ip("neigh flush dev eth0")
        self.pair = kind(self.lab, setting)
        self.pair.start()
        self.watch = Watch(client, VIRTUAL, PORT, kind.SOURCES)

    def end(self):
        for part in (self.watch, self.pair):
            if part:
                part.close()
        self.pair = self.watch = None

    def settle(self):
        self.pair.settle()
        until(lambda: self.watch.is_settled("a"), "only a answers and advertises", PATIENCE_S)

    # --- events ---

    def events(self, kind, setting):
        self.start(kind, setting)
        for name in self.options.events:
            title, *how = EVENTS[name]
            measured, failures, self.disturbances = [], 0, 0
            for number in range(self.options.runs):
                try:
                    measured.append(self.one_run(setting, *how))
                except (AssertionError, RuntimeError, OSError) as error:
                    failures += 1
                    print(f"run {number} of {title}: {error}\n{self.pair.log()}", file=sys.stderr, flush=True)
                    self.end()
                    self.start(kind, setting)
            runs = f"{len(measured)}" + (f", {failures} failed" if failures else "")
            runs += f", {self.disturbances} disturbed" if self.disturbances else ""
            columns = list(zip(*measured)) or [[], [], []]
            self.report.row((setting.title, kind.title, title, runs, *(spread(column) for column in columns)))
        self.end()

    def wait_in_peace(self, setting):
        """One to two intervals in which b does not take over by mistake. Who gave way serves what still comes by old
        ARP entries for one interval: an event in that time would not be noticed."""
        for _ in range(DISTURBANCES_MAX):
            self.settle()
            self.watch.forget()
            calm_since = time.time()
            time.sleep(random.uniform(1, 2) * setting.interval_ms / 1000)
            self.watch.read()
            if not self.watch.bursts(calm_since, "b"):
                return
            self.disturbances += 1
        raise AssertionError("b takes over again and again although nobody fails")

    def one_run(self, setting, event, undo, priority):
        """(service, from the last advert, outage) in milliseconds."""
        self.wait_in_peace(setting)
        begin = time.time()
        getattr(self.pair, event)()
        until(lambda: self.watch.is_settled("b"), "only b answers and advertises", PATIENCE_S)
        watch = self.watch
        measured = (watch.service(begin, "b"), watch.between_masters(begin, priority), watch.outage(begin))
        if self.options.verbose:
            print(f"  {event}: service {measured[0]:.1f}, from last advert {measured[1] or math.nan:.1f}, "
                  f"outage {measured[2]:.1f}", flush=True)
        getattr(self.pair, undo)()
        return measured

    # --- nobody fails ---

    def false_take_overs(self, kind, load):
        self.start(kind, SETTINGS["10ms"])
        self.settle()
        title, command, copies = load
        if kind is OursPinned and command:
            command = ["taskset", "-c", str(OursPinned.other_core), *command]
        log = os.path.join(self.lab.folder, "load.log")
        burners = [Process(command, log) for _ in range(copies)]
        self.watch.forget(0)
        begin, counted = time.time(), self.pair.take_overs()
        while time.time() < begin + self.options.load_seconds:
            time.sleep(0.1)
            self.watch.read()
        end = time.time()
        time.sleep(0.1)  # what was seen before the end has been written by then
        self.watch.read()
        for burner in burners:
            burner.stop()
        gaps, bursts = self.watch.gaps(begin, "a"), self.watch.bursts(begin, "b")
        taken = f"{bursts}" if counted is None else f"{bursts} (it says {self.pair.take_overs() - counted})"
        self.report.row((title, kind.title, taken, tail(gaps), f"{self.watch.outage(begin, end):.1f}"))
        self.end()


    # --- commits while adverts go out ---

    def commits(self, services):
        """Changes one number of the master's document again and again, among so many services."""
        setting = SETTINGS["10ms"]
        self.start(Ours, setting)
        api = self.pair.pair.appliances["a"].api
        more = {f"more-{at}": {"address": f"10.99.{at // 250}.{1 + at % 250}", "protocol": "tcp", "ports": 80,
                               "pool": "web", "mode": "fullnat"} for at in range(services - 2)}
        for made in self.pair.pair.appliances.values():
            made.api.patch("/v1/config", {"vrrp": {"instances": {"VI_1": {"addresses": [VIRTUAL, *ADDRESSES]}}}})
        api.patch("/v1/config", {"services": more})
        self.settle()
        self.watch.forget(0)
        calm = time.time()
        time.sleep(2)
        self.watch.read()
        begin, times = time.time(), []
        for number in range(self.options.runs):
            since = time.time()
            api.patch("/v1/config", {"services": {"udp": {"timeouts": {"udp_ms": 100_000 + number}}}})
            times.append((time.time() - since) * 1000)
            time.sleep(0.2)
            self.watch.read()
        before, meanwhile = self.watch.gaps(calm, "a", begin), self.watch.gaps(begin, "a")
        self.report.row((f"{services}", f"{len(times)}", spread(times), tail(before), tail(meanwhile),
                         f"{self.watch.bursts(calm, 'b')}"))
        self.end()


def tail(gaps):
    return f"{percentile(gaps, 99):.1f} / {gaps[-1]:.1f}" if gaps else "-"


def loads(folder, seconds):
    """(title, command, copies) of each load."""
    found = [("none", [], 0)]
    if shutil.which("stress-ng"):
        stress = ["stress-ng", "--temp-path", folder, "--timeout", str(int(seconds) + 60)]
        found += [("stress-ng --cpu 4", [*stress, "--cpu", "4"], 1), ("stress-ng " + " ".join(MIX), [*stress, *MIX], 1)]
    else:
        found.append(("4 busy loops", [PYTHON, "-c", "while True: pass"], 4))
    return found


def head_line():
    """Machine, commit and date."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    commit = run("git", "-C", ROOT, "describe", "--always", "--dirty", check=False).strip() or "unknown"
    where = "" if BUILD == os.path.join(ROOT, "build") else f" (programs of {BUILD})"
    # It writes its version to standard error.
    said = subprocess.run(["keepalived", "--version"], capture_output=True, text=True).stderr.split("\n")[0]
    return (f"{time.strftime('%Y-%m-%d %H:%M')}, Linux {os.uname().release}, {model}, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}; commit {commit}{where}; {said}")


def measure(lab, options, report):
    bench = Bench(lab, options, report)
    try:
        chosen = [name for name in SETTINGS if name in options.settings]
        if chosen:
            report.table(EVENT_COLUMNS, "Milliseconds: min / median / max, from 100 runs on min / median / p99 / max.")
        for name in chosen:
            for kind in (Ours, Theirs):
                if kind is Ours or not SETTINGS[name].heartbeat:
                    bench.events(kind, SETTINGS[name])
        if "commit" in options.settings:
            report.table(COMMIT_COLUMNS, "10 ms adverts for 250 addresses while one number changes 5 times a second (milliseconds):")
            for services in SERVICES:
                bench.commits(services)
        if "load" in options.settings:
            report.table(LOAD_COLUMNS, f"10 ms adverts for {options.load_seconds} s, nobody fails:")
            for load in loads(lab.folder, options.load_seconds):
                for kind in (Ours, OursPinned, OursFirst, Theirs, TheirsFirst):
                    bench.false_take_overs(kind, load)
    finally:
        bench.end()


def words(choices):
    def parse(text):
        chosen = text.split(",")
        for word in chosen:
            if word not in choices:
                raise argparse.ArgumentTypeError(f"there is no '{word}'; there are {', '.join(choices)}")
        return chosen
    return parse


def parse_options():
    settings = [*SETTINGS, "commit", "load"]
    parser = argparse.ArgumentParser(prog="./run bench failover", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=20, help="of each event (default 20: about an hour and a half)")
    parser.add_argument("--quick", action="store_true", help="3 runs, 5 s of each load: about a quarter of an hour")
    parser.add_argument("--settings", type=words(settings), default=settings, help="some of " + ",".join(settings))
    parser.add_argument("--events", type=words(EVENTS), default=list(EVENTS), help="some of " + ",".join(EVENTS))
    parser.add_argument("--load-seconds", type=int, default=30, help="of each load (default 30)")
    parser.add_argument("--verbose", action="store_true", help="each run on a line")
    options = parser.parse_args()
    if options.quick:
        options.runs, options.load_seconds = 3, 5
    return options


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, demo.stop)
    lab, code = None, 0
    report = Report(os.path.join(ROOT, "build", "failover.md"), head_line())
    try:
        lab = Lab()
        measure(lab, options, report)
        print(f"\nThe same as Markdown: {report.path}")
    except KeyboardInterrupt:
        code = 130
    except (RuntimeError, AssertionError, OSError) as error:
        code = 1
        print(f"\nThe bench failed: {error}", file=sys.stderr)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if lab:
            lab.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
