"""Network namespaces and the cables between them. Names carry the id of this process, so that labs run side by side and
a sweep knows whose they are."""
import contextlib
import os
import socket

from processes import Process, libc, run

CLONE_NEWNET = 0x40000000
PREFIX = "poise-"
FOLDER_PREFIX = "poise-lab-"


class Namespace:
    """One host of the lab: its own interfaces, addresses and processes."""

    def __init__(self, role, folder):
        self.role = role
        self.name = f"{PREFIX}{os.getpid()}-{role}"
        self.folder = folder
        run("ip", "netns", "add", self.name)
        for family in ("ipv4", "ipv6"):
            self.sysctl(f"net/{family}/conf/all/forwarding", 0)
        # Addresses of the lab are unique by construction: nobody waits for duplicate address detection.
        self.sysctl("net/ipv6/conf/all/accept_dad", 0)
        self.sysctl("net/ipv6/conf/default/accept_dad", 0)
        self.sysctl("net/ipv6/conf/default/accept_ra", 0)
        self.ip("link set lo up")

    def ip(self, *lines):
        """Commands of ip(8), one a line, in this namespace; those that begin with "-6" in the IPv6 family."""
        output = ""
        for options, prefix in ((), ""), (("-6",), "-6 "):
            batch = [line.removeprefix(prefix) for line in lines if line.startswith("-6 ") == bool(prefix)]
            if batch:
                output += run("ip", *options, "-n", self.name, "-batch", "-", text="\n".join(batch) + "\n")
        return output

    def sysctl(self, key, value):
        with self.entered(), open(f"/proc/sys/{key}", "w", encoding="ascii") as file:
            file.write(str(value))

    @contextlib.contextmanager
    def entered(self):
        """What this thread opens inside belongs to the namespace; a socket stays there when the thread has left."""
        home_path, path = f"/proc/self/task/{_thread_id()}/ns/net", f"/run/netns/{self.name}"
        with open(home_path, "rb") as home, open(path, "rb") as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(home)

    def socket(self, family, kind, protocol=0):
        with self.entered():
            return socket.socket(family, kind, protocol)

    def execute(self, *command, check=True):
        return run("ip", "netns", "exec", self.name, *command, check=check)

    def start(self, name, *command, pass_fds=()):
        log = os.path.join(self.folder, f"{self.role}-{name}.log")
        return Process(["ip", "netns", "exec", self.name, *command], log, pass_fds)

    def delete(self):
        run("ip", "netns", "del", self.name, check=False)


def _thread_id():
    return libc.gettid()


def _enter(file):
    if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
        raise OSError("setns failed: are we root?")


def cable(a, a_name, b, b_name):
    """A virtual Ethernet cable, both ends up."""
    a.ip(f"link add {a_name} type veth peer name {b_name} netns {b.name}", f"link set {a_name} up")
    b.ip(f"link set {b_name} up")


def bridge(namespace, name):
    namespace.ip(f"link add {name} type bridge", f"link set {name} up")


def plug(host, host_interface, switch, switch_bridge, *addresses):
    """A cable from a host to a bridge of the switch namespace, with the host's addresses."""
    port = f"{switch_bridge}-{host.role}"[:15]
    cable(host, host_interface, switch, port)
    switch.ip(f"link set {port} master {switch_bridge}")
    host.ip(*(f"address add {address} dev {host_interface}" for address in addresses))


def tap(namespace, name, switch_bridge):
    """A persistent tap on a bridge: the socket on the wall that poised plugs into."""
    namespace.ip(f"tuntap add dev {name} mode tap multi_queue", f"link set {name} master {switch_bridge}", f"link set {name} up")


def without_owner(names, prefix):
    """Those that carry the prefix and the id of a process that is gone."""
    for name in names:
        owner = name.removeprefix(prefix).split("-")[0]
        if name.startswith(prefix) and owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            yield name


def left_behind():
    """Namespaces of labs whose process is gone."""
    return without_owner((line.split()[0] for line in run("ip", "netns").splitlines()), PREFIX)
