"""A syslog server in a namespace, and its lines in fields."""
import re
import socket
import threading

from processes import until

SO_RCVBUFFORCE = 33
HTTP = re.compile(
    r"(?P<client>\S+) \[(?P<date>[^\]]+)\] (?P<frontend>\S+) (?P<backend>[^/ ]+)/(?P<server>\S+) "
    r"(?P<timers>[-\d/+]+) (?P<status>-?\d+) (?P<bytes>\+?\d+) (?P<cookies>\S+ \S+) (?P<state>\S{4}) (?P<load>[\d/+]+) "
    r"(?P<queues>\d+/\d+) ?(?P<captures>(?:\{[^}]*\} ?)*)\"(?P<request>.*)\"$")
TCP = re.compile(
    r"(?P<client>\S+) \[(?P<date>[^\]]+)\] (?P<frontend>\S+) (?P<backend>[^/ ]+)/(?P<server>\S+) "
    r"(?P<timers>[-\d/+]+) (?P<bytes>\+?\d+) (?P<state>\S\S) (?P<load>[\d/+]+) (?P<queues>\d+/\d+)$")


class Syslog:
    def __init__(self, namespace, address, port=514):
        self.socket = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.bind((address, port))
        self.raw = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                data = self.socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            self.raw.append(data.decode("latin-1").rstrip("\n"))

    def lines(self):
        """What access lines say, without the header."""
        return [line.split("]: ", 1)[1] for line in list(self.raw) if "]: " in line]

    def of_client(self, port, seconds=8.0):
        """The line of the connection that came from this port."""
        def found():
            return next((line for line in self.lines() if f":{port} [" in line.split("]")[0] + " ["), None)
        return until(found, f"a log line of port {port}; there are {self.lines()[-3:]}", seconds)

    def forget(self):
        self.raw.clear()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def parse(line):
    """The fields of a line of httplog or tcplog; timers and loads as lists."""
    found = HTTP.match(line) or TCP.match(line)
    assert found, f"no line of a log: {line}"
    fields = found.groupdict()
    fields["timers"] = [int(part) for part in fields["timers"].split("/")]
    return fields
