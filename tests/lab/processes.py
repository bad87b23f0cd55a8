"""Commands and processes of the lab. Whatever is started here ends with the lab: children die with their parent, and
each is ended by its own id."""
import ctypes
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def run(*command, text=None, check=True):
    """Runs to its end; the answer is its output. A failure shows the command and what it said."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{text or ''}{done.stdout}{done.stderr}")
    return done.stdout


def until(condition, what, seconds=10.0):
    """Asks until the condition holds and returns its value; fails with `what` when that takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A child of the lab with its output in a file. It gets the descriptors `pass_fds`, by the same numbers."""

    def __init__(self, command, log, pass_fds=()):
        self.log = log
        with open(log, "ab") as output:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                          preexec_fn=die_with_parent, pass_fds=pass_fds)

    def running(self):
        return self.child.poll() is None

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def signal(self, number):
        if self.running():
            self.child.send_signal(number)

    def stop(self, seconds=10.0):
        """Ends it politely, then firmly. Returns its exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.child.wait(10)
