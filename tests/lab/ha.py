"""Two appliances on one segment that share a virtual address, and a client that notices every millisecond of outage."""
import signal
import socket
import threading
import time

from appliance import Appliance
from harness import inside, interface, outside, pool
from net import tap
from processes import until

VIRTUAL = outside(4, 200)
HOSTS = {"a": 1, "b": 4}
TAPS = {"a": ("tap-outside", "tap-inside"), "b": ("tap-outside-b", "tap-inside-b")}


class Probe:
    """A datagram to the echo service of the virtual address every millisecond."""

    def __init__(self, namespace, address=VIRTUAL):
        self.socket = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((address, 7))
        self.socket.setblocking(False)
        self.answered, self.ends = [time.monotonic()], False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        due = time.monotonic()
        while not self.ends:
            due = max(due + 0.001, time.monotonic() - 0.01)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                self.socket.send(b"probe")
            except OSError:
                pass  # refused or unreachable: an outage like any other
            self._receive()

    def _receive(self):
        try:
            while True:
                self.socket.recv(100)
                self.answered.append(time.monotonic())
        except OSError:
            pass

    def __enter__(self):
        self.thread.start()
        until(lambda: len(self.answered) > 100, "the probe is answered")
        return self

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()
        self.socket.close()

    def is_answered_again(self):
        """Answers have come for a quarter of a second."""
        recent = [at for at in self.answered[-400:] if at > time.monotonic() - 0.25]
        return len(recent) > 100

    def outage_since(self, begin):
        """The longest time in milliseconds without an answer, from `begin` on."""
        times = [at for at in self.answered if at >= begin - 0.05] + [time.monotonic()]
        return max(later - earlier for earlier, later in zip(times, times[1:])) * 1000


class Pair:
    """The appliances a (priority 200) and b (100), each with its ports on the lab's two segments."""

    def __init__(self, lab, interval_ms=100, version=3, heartbeat=None, **more):
        """`heartbeat`: milliseconds between two packets of a heartbeat between the two; None: there is none."""
        self.lab, self.appliances, self.heartbeat = lab, {}, heartbeat
        switch = lab.namespaces["appliance"]
        for name in TAPS["b"]:
            if f" {name}:" not in switch.ip("link show"):
                tap(switch, name, name.removeprefix("tap-").removesuffix("-b"))
        for number, (name, host) in enumerate(HOSTS.items()):
            ports = {side: interface(side, network, host, mac=f"02:00:00:00:0{1 + at}:0{1 + number}",
                                     device=f"net_tap_{side},iface={TAPS[name][at]}")
                     for at, (side, network) in enumerate((("outside", outside), ("inside", inside)))}
            instance = {"interface": "outside", "virtual_router_id": 51, "addresses": [VIRTUAL], "version": version,
                        "priority": 200 - 100 * number, "advert_interval_ms": interval_ms, **more}
            config = {"node": {"name": name, "worker_cores": [1]}, "memory": {"flows": 65536}, "interfaces": ports,
                      "pools": {"web": pool(4)},
                      "services": {kind: {"address": VIRTUAL, "protocol": kind, "ports": "any", "pool": "web",
                                          "mode": "fullnat", "scheduler": "rr"} for kind in ("udp", "tcp")},
                      "vrrp": {"instances": {"VI_1": instance}}}
            if heartbeat:
                other = next(host for peer, host in HOSTS.items() if peer != name)
                config["vrrp"]["heartbeats"] = {"peer": {"interface": "outside", "peer": outside(4, other),
                                                         "interval_ms": heartbeat}}
            made = Appliance(switch, TAPS[name], config)
            lab.appliances.append(made)
            self.appliances[name] = made

    def start(self):
        for made in self.appliances.values():
            made.start()
        return self.settle()

    def settle(self):
        until(lambda: self.master() == "a", "a is master", 15)
        if self.heartbeat:
            until(lambda: all(made.api.get("/v1/heartbeats")[0]["state"] == "up" for made in self.appliances.values()),
                  "the heartbeat is up", 10)
        return self

    def state(self, name):
        return self.appliances[name].api.get("/v1/vrrp/VI_1")

    def masters(self):
        """Those that run and say so."""
        found = []
        for name, made in self.appliances.items():
            if made.process and made.process.running() and not self.hangs(name) and made.answers():
                if self.state(name)["state"] == "master":
                    found.append(name)
        return found

    def master(self):
        found = self.masters()
        return found[0] if len(found) == 1 else None

    def hangs(self, name):
        with open(f"/proc/{self.appliances[name].process.child.pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"

    # --- what befalls a, and how it ends ---

    def kill(self):
        self.appliances["a"].kill()

    def restart(self):
        self.appliances["a"].start()

    def hang(self):
        self.appliances["a"].process.signal(signal.SIGSTOP)

    def wake(self):
        self.appliances["a"].process.signal(signal.SIGCONT)

    def unplug(self):
        self.lab.namespaces["appliance"].ip(f"link set {TAPS['a'][0]} down")

    def plug(self):
        self.lab.namespaces["appliance"].ip(f"link set {TAPS['a'][0]} up")

    def stop(self):
        self.appliances["a"].process.signal(signal.SIGTERM)

    def switch_over(self):
        self.appliances["a"].api.post("/v1/vrrp/VI_1/switch_over")

    def outage(self, event, undo=None):
        """What the client sees of an event, and of its end: (milliseconds, milliseconds of the way back)."""
        with Probe(self.lab.namespaces["client"]) as probe:
            begin = time.monotonic()
            event()
            until(lambda: self.master() == "b" and probe.is_answered_again(), "b has taken over", 20)
            there = probe.outage_since(begin)
            if undo is None:
                return there, None
            begin = time.monotonic()
            undo()
            until(lambda: self.master() == "a" and probe.is_answered_again(), "a has taken back", 20)
            return there, probe.outage_since(begin)

    def close(self):
        for made in self.appliances.values():
            if made.process:
                made.process.signal(signal.SIGCONT)
            made.close()
