"""What a client and a listener on the segment saw of a pair, and the figures of a failover that follow from it."""
import fcntl
import math
import os
import subprocess
import time

from harness import HERE, PYTHON
from processes import die_with_parent

F_SETPIPE_SZ, PIPE_BYTES = 1031, 1 << 20  # half a minute of lines
QUIET_S = 0.25
ANSWERS_MIN = 200  # of the 250 of a quiet time


class Watch:
    """watcher.py in a namespace. `nodes` gives the name of the node behind each source address of adverts; the times
    are seconds of the real-time clock."""

    def __init__(self, namespace, address, port, nodes):
        self.nodes, self.answers, self.adverts, self.rest = nodes, [], [], b""
        program = os.path.join(HERE, "watcher.py")
        command = ["ip", "netns", "exec", namespace.name, PYTHON, "-B", program, "eth0", address, str(port)]
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      preexec_fn=die_with_parent)
        fcntl.fcntl(self.child.stdout, F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self.child.stdout.fileno(), False)

    def read(self):
        """Takes in what the watcher has written by now."""
        if self.child.poll() is not None:
            raise RuntimeError("the watcher ended")
        while piece := self._piece():
            *lines, self.rest = (self.rest + piece).split(b"\n")
            for line in lines:
                kind, at, *more = line.decode().split()
                if kind == "answer":
                    self.answers.append((float(at), more[0]))
                elif more[0] in self.nodes:
                    self.adverts.append((float(at), self.nodes[more[0]], int(more[1])))

    def _piece(self):
        try:
            return os.read(self.child.stdout.fileno(), PIPE_BYTES)
        except BlockingIOError:
            return b""

    def forget(self, older_than_s=3.0):
        self.read()
        begin = time.time() - older_than_s
        self.answers = [answer for answer in self.answers if answer[0] > begin]
        self.adverts = [advert for advert in self.adverts if advert[0] > begin]

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    # --- how things are ---

    def is_settled(self, node):
        """For a quarter of a second `node` alone answered and nobody else advertised."""
        self.read()
        begin = time.time() - QUIET_S
        recent = [name for at, name in self.answers[-2 * ANSWERS_MIN:] if at > begin]
        others = [name for at, name, _ in self.adverts[-100:] if at > begin and name != node]
        return (len(recent) >= ANSWERS_MIN and set(recent) == {node} and not others and self.adverts
                and self.adverts[-1][1] == node)

    # --- figures, in milliseconds ---

    def service(self, begin, node):
        """From `begin` to the first answer of `node`."""
        return next(at - begin for at, name in self.answers if at > begin and name == node) * 1000

    def outage(self, begin, end=None):
        """The longest time without an answer that ended after `begin`; an `end`: or that lasts until then."""
        times = [at for at, _ in self.answers] or [begin]
        if end:
            times.append(max(end, times[-1]))
        return max(later - earlier for earlier, later in zip(times, times[1:]) if later > begin) * 1000

    def between_masters(self, begin, priority):
        """From the last advert of a with this priority to the first one of b after `begin`; None: there are not both."""
        first = next((at for at, node, _ in self.adverts if node == "b" and at > begin), None)
        if first is None:
            return None
        before = [at for at, node, sent in self.adverts if node == "a" and sent == priority and at < first]
        return (first - before[-1]) * 1000 if before else None

    def bursts(self, begin, node, pause_s=0.2):
        """How often `node` began to advertise after a pause: take-overs, as the wire shows them."""
        times = [at for at, name, _ in self.adverts if name == node and at > begin]
        return sum(later - earlier > pause_s for earlier, later in zip([begin - pause_s, *times], times))

    def gaps(self, begin, node, end=math.inf):
        """The times between the adverts of `node`, sorted."""
        times = [at for at, name, _ in self.adverts if name == node and begin < at < end]
        return sorted((later - earlier) * 1000 for earlier, later in zip(times, times[1:]))
