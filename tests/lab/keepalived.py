"""keepalived in the lab, as the peer that everybody runs today."""
import itertools
import os
import signal


class Keepalived:
    """One keepalived with the VRRP part alone, in a namespace."""
    starts = itertools.count()

    def __init__(self, namespace, name="keepalived"):
        self.namespace, self.name, self.process = namespace, name, None

    def start(self, *instances, definitions="", blocks=""):
        """`instances`: the lines of each vrrp_instance block, by name; `blocks`: what comes before them."""
        path = os.path.join(self.namespace.folder, f"{self.namespace.role}-{self.name}.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("global_defs {\n  router_id LAB\n" + definitions + "\n}\n" + blocks)
            for name, lines in instances:
                file.write(f"vrrp_instance {name} {{\n" + "\n".join(lines) + "\n}\n")
        # Names of their own: it refuses to start when a file of a killed one names a process that lives.
        pids = f"{path}.{next(Keepalived.starts)}"
        self.process = self.namespace.start(self.name, "keepalived", "-n", "-l", "-D", "-P", "-f", path, "-p", pids, "-r",
                                            f"{pids}.vrrp")
        return self

    def stop(self):
        return self.process.stop()

    def kill(self):
        """Parent and child at once, as a crash of the machine would; its addresses stay on its interface."""
        parent = self.process.child.pid
        os.kill(parent, signal.SIGSTOP)  # else it would start its child again, and the child would say good-bye
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
            for child in file.read().split():
                os.kill(int(child), signal.SIGKILL)
        self.process.kill()
