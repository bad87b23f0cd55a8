"""poised in the lab: its configuration, its process, its API."""
import http.client
import json
import os
import shutil
import signal
import socket
import tempfile

from processes import until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("POISE_BUILD", os.path.join(ROOT, "build"))
POISED = os.path.join(BUILD, "control/poised")
POISE = os.path.join(BUILD, "control/cli/poise")


def rows(answer):
    """The rows of a list answer, be it a bare array or the only member of an object."""
    return next(iter(answer.values())) if isinstance(answer, dict) and len(answer) == 1 else answer


class Refused(Exception):
    """An answer of the API that is not 2xx."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {json.dumps(body)}")
        self.status, self.body = status, body


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, seconds):
        super().__init__("poised", timeout=seconds)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api:
    """The REST API over its unix socket."""

    def __init__(self, path):
        self.path = path

    def raw(self, method, target, body=None, headers=None, seconds=10.0):
        """(status, headers, bytes) of one request."""
        connection = UnixConnection(self.path, seconds)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def call(self, method, target, body=None, content_type="application/json"):
        text = None if body is None else json.dumps(body)
        status, _, answer = self.raw(method, target, text, {"Content-Type": content_type} if text else {})
        value = json.loads(answer) if answer else None
        if status // 100 != 2:
            raise Refused(status, value)
        return value

    def get(self, target):
        return self.call("GET", target)

    def put(self, target, body):
        return self.call("PUT", target, body)

    def patch(self, target, body):
        return self.call("PATCH", target, body, "application/merge-patch+json")

    def delete(self, target):
        return self.call("DELETE", target)

    def post(self, target, body=None):
        return self.call("POST", target, {} if body is None else body)

    def stream(self, target):
        """The lines of a stream, until the other side or the caller ends it."""
        connection = UnixConnection(self.path, 10.0)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            for line in answer:
                yield line.decode()
        finally:
            connection.close()

    def drops(self):
        """Packets by drop reason, those without any left out."""
        return {row["reason"]: row["count"] for row in rows(self.get("/v1/drops")) if row["count"]}

    def metric(self, name):
        """The sum over all labels of a Prometheus counter."""
        _, _, text = self.raw("GET", "/metrics")
        values = [float(line.rsplit(" ", 1)[1]) for line in text.decode().splitlines()
                  if line.split("{")[0].split(" ")[0] == name]
        return sum(values) if values else None


class Appliance:
    """poised in a namespace. `taps` are the kernel ends of its ports: poised gives them its own MAC address, which a
    bridge would take for itself, so they get another one after each start."""

    def __init__(self, namespace, taps, config):
        self.namespace, self.taps, self.config = namespace, taps, config
        self.folder = tempfile.mkdtemp(prefix="appliance-", dir=namespace.folder)
        self.file = os.path.join(self.folder, "poise.json")
        self.state = os.path.join(self.folder, "state")
        # A unix socket's path is at most 107 bytes long.
        self.api = Api(os.path.join(self.folder, "api.sock"))
        self.config.setdefault("api", {})["socket"] = self.api.path
        self.process = None
        self.write_config()

    def write_config(self):
        with open(self.file, "w", encoding="utf-8") as file:
            json.dump(self.config, file, indent=2)

    def start(self, seconds=30.0, pass_fds=()):
        self.process = self.namespace.start("poised", POISED, "--config", self.file, "--state", self.state,
                                            pass_fds=pass_fds)
        until(lambda: self.answers() or not self.process.running(), "poised answers on its API socket", seconds)
        if not self.process.running():
            raise AssertionError("poised ended at once:\n" + self.process.output()[-4000:])
        for number, name in enumerate(self.taps):
            self.namespace.ip(f"link set {name} address 02:fe:00:00:00:{number:02x}")
        return self

    def answers(self):
        try:
            return self.api.raw("GET", "/v1/status", seconds=2.0)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self):
        return self.process.stop() if self.process else None

    def kill(self):
        return self.process.kill()

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def cli(self, *arguments, check=True):
        return self.namespace.execute(POISE, "--socket", self.api.path, *arguments, check=check)

    def close(self):
        if self.process and self.process.running():
            self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
