"""Removes what a lab left that was killed without a chance to clean up: its namespaces and the processes in them."""
import os
import signal

from net import left_behind
from processes import run

for name in left_behind():
    for process in run("ip", "netns", "pids", name).split():
        try:
            os.kill(int(process), signal.SIGKILL)
        except ProcessLookupError:
            pass
    run("ip", "netns", "del", name)
