"""The pairs of the failover bench, ours and keepalived's: nodes a (master) and b on the lab's outside segment, with the
same address, virtual router and priorities. What befalls a, and how it ends, is a method each; both are at once."""
import itertools
import os
from dataclasses import dataclass

from ha import VIRTUAL, Pair
from harness import HERE, PYTHON, SERVERS, both, inside, outside, plug, pool
from keepalived import Keepalived
from net import Namespace
from processes import until

PORT = 7777
PRIORITIES = {"a": 100, "b": 90}
LOWERED = 40
PASSWORD = "1111"
echo_numbers = itertools.count()


@dataclass(frozen=True)
class Setting:
    """What both products are told. `heartbeat` (ours only): milliseconds between packets, and the multiplier."""
    title: str
    version: int
    interval_ms: int
    password: bool = False
    heartbeat: tuple = None


def start_echo(namespace, node, address):
    """The server whose answers are the node's name."""
    program = os.path.join(HERE, "echo.py")
    made = namespace.start(f"echo-{next(echo_numbers)}", PYTHON, "-B", program, node, address, str(PORT))
    until(lambda: "ready" in made.output() or not made.running(), "an echo server is ready")
    assert made.running(), made.output()
    return made


class Ours:
    """Two poised on taps. Behind each is a server of its own, whose answers tell which of the two forwarded."""
    title = "poise"
    ROLES = {"a": "one", "b": "two"}
    SOURCES = {outside(4, 1): "a", outside(4, 4): "b"}

    def __init__(self, lab, setting):
        self.lab, self.echoes = lab, []
        more = {"authentication": "password", "password": PASSWORD} if setting.password else {}
        interval, multiplier = setting.heartbeat or (None, None)
        self.pair = Pair(lab, setting.interval_ms, setting.version, interval, **more)
        for node, made in self.pair.appliances.items():
            made.config["pools"]["web"] = pool(4, [self.ROLES[node]])
            made.config["vrrp"]["instances"]["VI_1"]["priority"] = PRIORITIES[node]
            if setting.heartbeat:
                made.config["vrrp"]["heartbeats"]["peer"]["multiplier"] = multiplier
            made.write_config()

    def start(self):
        for node, role in self.ROLES.items():
            self.echoes.append(start_echo(self.lab.namespaces[role], node, inside(4, SERVERS[role])))
        self.pair.start()

    def settle(self):
        self.pair.settle()

    def take_overs(self):
        """How often b became master, as it says itself."""
        return self.pair.state("b")["counters"]["master_transitions"]

    def kill(self):
        self.pair.kill()

    def unplug(self):
        self.pair.unplug()

    def plug(self):
        self.pair.plug()

    def stop(self):
        self.pair.stop()

    def start_again(self):
        self.pair.appliances["a"].process.child.wait(10)
        self.pair.restart()

    def lower(self):
        self._set_priority(LOWERED)

    def raise_again(self):
        self._set_priority(PRIORITIES["a"])

    def _set_priority(self, priority):
        self.pair.appliances["a"].api.patch("/v1/config", {"vrrp": {"instances": {"VI_1": {"priority": priority}}}})

    def log(self):
        return "".join(f"--- poised {node}\n{made.process.output()[-1500:]}"
                       for node, made in self.pair.appliances.items() if made.process)

    def close(self):
        for made in self.echoes:
            made.kill()
        self.pair.close()
        self.plug()


class OursFirst(Ours):
    """With a real-time priority for every thread, as a unit with CPUSchedulingPolicy=fifo gives."""
    title = "poise, fifo"

    def start(self):
        super().start()
        for made in self.pair.appliances.values():
            for thread in os.listdir(f"/proc/{made.process.child.pid}/task"):
                os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(20))


class OursPinned(Ours):
    """With a core of their own; the load gets the other one."""
    title, core, other_core = "poise, pinned", 0, 1

    def __init__(self, lab, setting):
        super().__init__(lab, setting)
        for made in self.pair.appliances.values():
            made.config["node"].update(worker_cores=[self.core], control_core=self.core)
            made.write_config()


class Theirs:
    """Two keepalived, each in a namespace on a veth, with its defaults. The server is on the node itself."""
    title, definitions = "keepalived", ""
    SOURCES = {outside(4, 2): "a", outside(4, 5): "b"}

    def __init__(self, lab, setting):
        self.lab, self.setting = lab, setting
        for source, node in self.SOURCES.items():
            role = f"peer-{node}"
            if role not in lab.namespaces:
                lab.namespaces[role] = Namespace(role, lab.folder)
                plug(lab.namespaces[role], "eth0", lab.namespaces["appliance"], "outside", f"{source}/24")
        self.hosts = {node: lab.namespaces[f"peer-{node}"] for node in PRIORITIES}
        self.daemons = {node: Keepalived(self.hosts[node]) for node in PRIORITIES}
        self.echoes = {}

    def _weight_file(self, node):
        return os.path.join(self.lab.folder, f"weight-{node}")

    def _start(self, node):
        version, interval = self.setting.version, self.setting.interval_ms / 1000
        lines = [f"state {'MASTER' if node == 'a' else 'BACKUP'}", "interface eth0", "virtual_router_id 51",
                 f"priority {PRIORITIES[node]}", f"version {version}", f"advert_int {interval:g}",
                 "track_file {", f"lowered weight {LOWERED - PRIORITIES['a']}", "}", "virtual_ipaddress {", VIRTUAL, "}"]
        if self.setting.password:
            lines += ["authentication {", "auth_type PASS", f"auth_pass {PASSWORD}", "}"]
        self._write_weight(node, 0)
        self.daemons[node].start(("VI_1", lines), definitions=self.definitions,
                                 blocks=f"track_file lowered {{\n  file {self._weight_file(node)}\n}}\n")

    def _write_weight(self, node, value):
        with open(self._weight_file(node), "w", encoding="ascii") as file:
            file.write(f"{value}\n")

    def start(self):
        for node, host in self.hosts.items():
            self.echoes[node] = start_echo(host, node, VIRTUAL)
        self._start("b")
        until(lambda: self._holds("b"), "keepalived b is master", 15)
        self._start("a")

    def _holds(self, node):
        return f" {VIRTUAL}/" in self.hosts[node].ip("address show dev eth0")

    def settle(self):
        until(lambda: self._holds("a") and not self._holds("b"), "keepalived a is master", 15)

    def take_overs(self):
        return None  # it does not say

    def kill(self):
        self.echoes["a"].child.kill()
        self.daemons["a"].kill()

    def unplug(self):
        self.lab.namespaces["appliance"].ip("link set outside-peer-a down")

    def plug(self):
        self.lab.namespaces["appliance"].ip("link set outside-peer-a up")

    def stop(self):
        self.daemons["a"].process.child.terminate()

    def start_again(self):
        """Somebody cleans up first: a killed keepalived leaves the address on its interface."""
        self.daemons["a"].process.child.wait(10)
        self.hosts["a"].ip(f"address flush to {VIRTUAL} dev eth0")
        if self.echoes["a"].running():
            self.echoes["a"].kill()
        self.echoes["a"] = start_echo(self.hosts["a"], "a", VIRTUAL)
        self._start("a")

    def lower(self):
        self._write_weight("a", 1)

    def raise_again(self):
        self._write_weight("a", 0)

    def log(self):
        return "".join(f"--- keepalived {node}\n{made.process.output()[-1500:]}"
                       for node, made in self.daemons.items() if made.process)

    def close(self):
        for made in (*self.echoes.values(), *(made.process for made in self.daemons.values() if made.process)):
            made.stop()
        for node, host in self.hosts.items():
            host.ip(f"address flush to {VIRTUAL} dev eth0")
        self.plug()


class TheirsFirst(Theirs):
    """With the real-time priority that its documentation offers, and time enough not to be ended by the kernel for it."""
    title, definitions = "keepalived, rt", "  vrrp_rt_priority 20\n  vrrp_rlimit_rttime 1000000\n  vrrp_no_swap"
