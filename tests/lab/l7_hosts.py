"""The lab of layer 7: a client, a proxy's host and the servers' host, in network namespaces.

      client 10.7.1.10 -------- outside [proxy .1 ours, .2 HAProxy] inside -------- 10.7.2.11, .12, .13 servers
             fd07:1::10                 fd07:1::1, ::2          10.7.2.1, fd07:2::1             fd07:2::11 ...

poised (over the kernel's sockets) and Debian's haproxy run beside each other on the proxy's host, each on an address of
its own. The servers' host holds an address for each server; 10.7.2.99 takes every packet and never answers.
"""
import os
import shutil
import tempfile

from appliance import Appliance
from net import FOLDER_PREFIX, Namespace, bridge, plug

OURS, THEIRS, CLIENT = "10.7.1.1", "10.7.1.2", "10.7.1.10"
OURS_V6, CLIENT_V6 = "fd07:1::1", "fd07:1::10"
SERVERS = {"one": "10.7.2.11", "two": "10.7.2.12", "three": "10.7.2.13"}
SERVERS_V6 = {"one": "fd07:2::11", "two": "fd07:2::12", "three": "fd07:2::13"}
SILENT = "10.7.2.99"


class Hosts:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-")
        self.namespaces, self.closing, self.appliances = {}, [], []
        try:
            self._wire()
        except BaseException:
            self.close()
            raise
        self.client, self.proxy, self.servers = (self.namespaces[role] for role in ("client", "proxy", "servers"))

    def _wire(self):
        for role in ("proxy", "client", "servers"):
            self.namespaces[role] = Namespace(f"l7-{role}", self.folder)
        proxy = self.namespaces["proxy"]
        for side in ("outside", "inside"):
            bridge(proxy, side)
        plug(self.namespaces["client"], "eth0", proxy, "outside", f"{CLIENT}/24", f"{CLIENT_V6}/64")
        plug(self.namespaces["servers"], "eth0", proxy, "inside", *(f"{address}/24" for address in SERVERS.values()),
             *(f"{address}/64" for address in SERVERS_V6.values()))
        proxy.ip(f"address add {OURS}/24 dev outside", f"address add {THEIRS}/24 dev outside",
                 f"address add {OURS_V6}/64 dev outside", "address add 10.7.2.1/24 dev inside",
                 "address add fd07:2::1/64 dev inside",
                 f"neigh add {SILENT} lladdr 02:00:00:00:00:99 dev inside nud permanent")
        for namespace in self.namespaces.values():
            namespace.sysctl("net/ipv4/ip_local_port_range", "1024 65535")
            namespace.sysctl("net/ipv4/tcp_tw_reuse", 1)

    def poised(self, pass_fds=(), **parts):
        """poised without a port of the datapath, as the configuration says; running, with these descriptors."""
        config = {"node": {"name": "lab"}, **parts}
        made = Appliance(self.proxy, [], config)
        self.appliances.append(made)
        return made.start(pass_fds=pass_fds)

    def later(self, closes):
        """What has a close() ends with the lab."""
        self.closing.append(closes)
        return closes

    def close(self):
        for made in self.appliances + self.closing:
            made.close()
        for namespace in self.namespaces.values():
            namespace.delete()
        shutil.rmtree(self.folder, ignore_errors=True)
