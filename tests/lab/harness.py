"""The lab: a client, an appliance with two bridges, two routers and four servers, all in network namespaces.

                      10.1.0.0/24 fd01::/64                    10.2.0.0/24 fd02::/64
      client .10 ------------- outside [appliance .1] inside ------------- one .11, two .12, three .13
                                  |                     |
                                  +-- .254 router .254 -+-- .253 branch --- 10.3.0.0/24 fd03::/64 --- far .14
                                                                            (path MTU 1400)
The servers reply through the appliance, as nat needs, but from an address of the outside network (held on their
loopback for dr and tunnel) through the router, as dr and tunnel need. Virtual addresses are 10.1.0.100 and up.
"""
import hashlib
import os
import random
import shutil
import tempfile

from appliance import Appliance
from client import Client
from net import FOLDER_PREFIX, Namespace, bridge, cable, plug, tap
from processes import until

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
SERVERS = {"one": 11, "two": 12, "three": 13}
FAR = 14
FILE_BYTES = 20_000_000
PATH_MTU = 1400


def outside(family, host):
    return f"10.1.0.{host}" if family == 4 else f"fd01::{host}"


def inside(family, host):
    return f"10.2.0.{host}" if family == 4 else f"fd02::{host}"


def far(family, host):
    return f"10.3.0.{host}" if family == 4 else f"fd03::{host}"


def with_length(address):
    return f"{address}/64" if ":" in address else f"{address}/24"


def single(address):
    return f"{address}/128" if ":" in address else f"{address}/32"


def both(network, host):
    """The host's addresses in both families with their prefix lengths."""
    return [with_length(network(family, host)) for family in (4, 6)]


def default_routes(network, host):
    """Lines for ip(8)."""
    return f"route replace default via {network(4, host)}", f"-6 route replace default via {network(6, host)}"


def forward(namespace):
    for family in ("ipv4", "ipv6"):
        namespace.sysctl(f"net/{family}/conf/all/forwarding", 1)


class Lab:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-")
        self.namespaces, self.processes, self.appliances = {}, [], []
        self.file = os.path.join(self.folder, "file")
        with open(self.file, "wb") as file:
            file.write(random.Random(1).randbytes(FILE_BYTES))
        with open(self.file, "rb") as file:
            self.file_hash = hashlib.sha256(file.read()).hexdigest()
        try:
            self._wire()
            self._start_servers()
        except BaseException:
            self.close()
            raise
        self.client = Client(self.namespaces["client"])

    # --- layout ---

    def _namespace(self, role):
        self.namespaces[role] = Namespace(role, self.folder)
        return self.namespaces[role]

    def _wire(self):
        switch = self._namespace("appliance")
        for side in ("outside", "inside"):
            bridge(switch, side)
            tap(switch, f"tap-{side}", side)
        plug(self._namespace("client"), "eth0", switch, "outside", *both(outside, 10))
        self.namespaces["client"].ip(*default_routes(outside, 1))
        self._wire_router(switch)
        self._wire_branch(switch)
        for role, host in SERVERS.items():
            server = self._namespace(role)
            plug(server, "eth0", switch, "inside", *both(inside, host))
            server.ip(*default_routes(inside, 1))
            self._reply_directly(server)

    def _wire_router(self, switch):
        router = self._namespace("router")
        plug(router, "eth0", switch, "outside", *both(outside, 254))
        plug(router, "eth1", switch, "inside", *both(inside, 254))
        forward(router)
        router.ip(f"route add 10.3.0.0/24 via {inside(4, 253)}", f"-6 route add fd03::/64 via {inside(6, 253)}")

    def _wire_branch(self, switch):
        branch, server = self._namespace("branch"), self._namespace("far")
        plug(branch, "eth0", switch, "inside", *both(inside, 253))
        branch.ip(*default_routes(inside, 1))
        cable(branch, "eth1", server, "eth0")
        forward(branch)
        branch.ip(*(f"address add {address} dev eth1" for address in both(far, 253)))
        server.ip(*(f"address add {address} dev eth0" for address in both(far, FAR)), *default_routes(far, 253))
        # The link is narrower than both of its ends know: only ICMP can tell.
        branch.ip(f"route replace 10.3.0.0/24 dev eth1 mtu lock {PATH_MTU}",
                  f"-6 route replace fd03::/64 dev eth1 metric 256 mtu lock {PATH_MTU}")

    def _reply_directly(self, server):
        """What leaves from an address of the outside network goes through the router; ARP keeps quiet about such addresses."""
        server.ip("rule add from 10.1.0.0/24 lookup 100", f"route add default via {inside(4, 254)} table 100",
                  "-6 rule add from fd01::/64 lookup 100", f"-6 route add default via {inside(6, 254)} table 100")
        server.sysctl("net/ipv4/conf/all/arp_ignore", 1)
        server.sysctl("net/ipv4/conf/all/arp_announce", 2)
        server.sysctl("net/ipv4/conf/all/rp_filter", 0)
        server.sysctl("net/ipv4/conf/default/rp_filter", 0)

    def hold(self, *addresses):
        """The three servers hold virtual addresses on their loopback, as dr and tunnel want it, before their programs start."""
        for role in SERVERS:
            self.namespaces[role].ip(*(f"address add {single(address)} dev lo" for address in addresses))

    # --- programs ---

    HELD = [outside(family, host) for family in (4, 6) for host in (120, 130, 131, 132)]

    def _start_servers(self):
        self.hold(*self.HELD)
        ready = []
        for role, host in SERVERS.items():
            addresses = [inside(4, host), inside(6, host), *self.HELD]
            ready.append(self.serve(role, *addresses))
            ready.append(self._start(role, "decapsulator", os.path.join(HERE, "decapsulator.py"), "tun0"))
            until(ready[-1].output, f"the decapsulator of {role}")
            self.namespaces[role].ip("link set tun0 up")
        ready.append(self.serve("far", far(4, FAR), far(6, FAR)))
        ready.append(self.serve("client", outside(4, 10), outside(6, 10)))
        for process in ready:
            until(lambda: "ready" in process.output() or not process.running(), "a server is ready")
            assert process.running(), process.output()

    def serve(self, role, *addresses):
        """The web and echo server of a namespace."""
        process = self._start(role, "server", os.path.join(HERE, "server.py"), role, self.file, *addresses)
        self.namespaces[role].server = process
        return process

    def _start(self, role, name, *command):
        process = self.namespaces[role].start(name, PYTHON, "-B", *command)
        self.processes.append(process)
        return process

    def appliance(self, **parts):
        """poised with the lab's two interfaces and what else the configuration says; not yet started."""
        config = base_config()
        config.update(parts)
        made = Appliance(self.namespaces["appliance"], ["tap-outside", "tap-inside"], config)
        self.appliances.append(made)
        return made

    def close(self):
        for made in self.appliances:
            made.close()
        for process in self.processes:
            process.kill()
        for namespace in self.namespaces.values():
            namespace.delete()
        shutil.rmtree(self.folder, ignore_errors=True)


def interface(side, network, host, **more):
    return {"device": f"net_tap_{side},iface=tap-{side}", "addresses": both(network, host), **more}


def base_config():
    return {
        "node": {"name": "lab", "worker_cores": [0, 1]},
        "memory": {"flows": 262144},
        "interfaces": {
            "outside": interface("outside", outside, 1, mac="02:00:00:00:01:01"),
            "inside": interface("inside", inside, 1, mac="02:00:00:00:02:01"),
        },
    }


def pool(family=4, roles=SERVERS, **more):
    return {"servers": {role: {"address": inside(family, SERVERS[role]), **more} for role in roles}}
