"""FRR's vrrpd in the lab, as a peer that is neither keepalived nor ours."""
import json
import os
import shutil
import tempfile

from net import FOLDER_PREFIX
from processes import until

DAEMONS = "/usr/lib/frr"


class Frr:
    """zebra and vrrpd in a namespace whose interface is eth0. FRR holds a virtual address on a macvlan with the virtual
    MAC address that somebody else has made."""

    def __init__(self, namespace):
        self.namespace, self.zebra, self.vrrpd, self.link = namespace, None, None, None
        # It insists on its own user, who does not see the lab's folder.
        self.folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-frr-")
        shutil.chown(self.folder, "frr", "frr")

    def path(self, name):
        return os.path.join(self.folder, name)

    def _start(self, daemon, *lines):
        with open(self.path(f"{daemon}.conf"), "w", encoding="ascii") as file:
            file.write("\n".join([*lines, ""]))
        return self.namespace.start(
            daemon, f"{DAEMONS}/{daemon}", "-u", "frr", "-g", "frr", "-P", "0", "-f", self.path(f"{daemon}.conf"),
            "-i", self.path(f"{daemon}.pid"), "-z", self.path("zserv"), "--vty_socket", self.folder)

    def start(self, vrid, virtual, *lines):
        """`lines`: of vrrpd's configuration of the virtual router, without `vrrp VRID`."""
        ipv6 = ":" in virtual
        self.link = name = f"vrrp{6 if ipv6 else 4}-{vrid}"
        self.namespace.ip(f"link add {name} link eth0 type macvlan mode bridge")
        self.namespace.ip(f"link set {name} address 00:00:5e:00:0{2 if ipv6 else 1}:{vrid:02x}")
        self.namespace.ip(f"address add {virtual}/{64 if ipv6 else 24} dev {name}" + (" nodad" if ipv6 else ""))
        self.namespace.ip(f"link set {name} up")
        self.zebra = self._start("zebra")
        until(lambda: os.path.exists(self.path("zserv")), "zebra listens", 10)
        lines = [*lines, f"{'ipv6' if ipv6 else 'ip'} {virtual}"]
        self.vrrpd = self._start("vrrpd", "interface eth0", *(f" vrrp {vrid} {line}" for line in lines))
        until(lambda: self.state() != "", "vrrpd answers", 10)
        return self

    def state(self):
        """Master, Backup, Initialize, or nothing."""
        text = self.namespace.execute("vtysh", "--vty_socket", self.folder, "-c", "show vrrp json", check=False)
        try:
            routers = json.loads(text)
        except ValueError:
            return ""
        for router in routers:
            for family in ("v4", "v6"):
                if router.get(family, {}).get("addresses"):
                    return router[family].get("status", "")
        return ""

    def kill(self):
        """With the address that it held, as a crash of the machine would."""
        self.vrrpd.kill()
        self._delete_link()

    def _delete_link(self):
        if self.link:
            self.namespace.ip(f"link delete {self.link}")
        self.link = None

    def stop(self):
        for process in (self.vrrpd, self.zebra):
            if process and process.running():
                process.stop()
        self._delete_link()
        shutil.rmtree(self.folder, ignore_errors=True)
