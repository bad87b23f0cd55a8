"""Servers whose every step the test says. An Origin listens in a namespace and gives each connection to a function, in
a thread of this process; `web` is the function of a server that does what the target says."""
import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)


def reset(connection):
    """Ends a connection as a peer does that is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


class Gone(Exception):
    """The peer ended the connection where nothing was owed."""


class Reader:
    """The bytes of a connection, as lines, counts and messages."""

    def __init__(self, connection):
        self.connection, self.buffer, self.count = connection, b"", 0

    def fill(self):
        more = self.connection.recv(262144)
        if not more:
            raise Gone
        self.buffer += more
        self.count += len(more)

    def until(self, mark):
        while mark not in self.buffer:
            self.fill()
        at = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:at], self.buffer[at:]
        return taken

    def exactly(self, count):
        pieces = []
        while count > 0:
            if not self.buffer:
                self.fill()
            pieces.append(self.buffer[:count])
            self.buffer = self.buffer[len(pieces[-1]):]
            count -= len(pieces[-1])
        return b"".join(pieces)

    def rest(self):
        with contextlib.suppress(Gone, OSError):
            while True:
                self.fill()
        taken, self.buffer = self.buffer, b""
        return taken

    def chunks(self):
        """(body, trailer lines)"""
        pieces = []
        while size := int(self.until(b"\r\n").split(b";")[0], 16):
            pieces.append(self.exactly(size))
            assert self.exactly(2) == b"\r\n"
        trailers = []
        while (line := self.until(b"\r\n")) != b"\r\n":
            trailers.append(line.decode("latin-1").rstrip())
        return b"".join(pieces), trailers


def fields_of(head):
    """[(name, value)] of the lines behind the first."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [tuple(part.strip() for part in line.split(":", 1)) for line in lines if line]


class Message:
    """A request or a response: first line, fields, body."""

    def __init__(self, head):
        self.head = head
        self.first = head.decode("latin-1").split("\r\n")[0]
        self.fields = fields_of(head)
        self.body, self.trailers = b"", []

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name]

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    def read_body(self, reader, is_bodiless=False, until_close=False):
        if is_bodiless:
            return self
        if "chunked" in self.get("transfer-encoding", ""):
            self.body, self.trailers = reader.chunks()
        elif self.get("content-length") is not None:
            self.body = reader.exactly(int(self.get("content-length")))
        elif until_close:
            self.body = reader.rest()
        return self


class Origin:
    """Listens and serves; `current` connections and requests, and the most that there were at a time."""

    def __init__(self, namespace, address, port, serve=None, backlog=1024):
        self.name, self.serve = f"{address}:{port}", serve or web
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = namespace.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(backlog)
        self.lock, self.open = threading.Lock(), set()
        self.connections = self.requests = self.current = self.most = 0
        self.seen = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection):
        try:
            self.serve(self, connection)
        except (Gone, OSError, ValueError, AssertionError):
            pass
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()

    @contextlib.contextmanager
    def request(self, message):
        """While a request is served."""
        with self.lock:
            self.requests += 1
            self.current += 1
            self.most = max(self.most, self.current)
            self.seen = [*self.seen[-200:], message]
        try:
            yield
        finally:
            with self.lock:
                self.current -= 1

    def cut(self):
        """Ends all connections, but goes on listening."""
        with self.lock:
            for connection in self.open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()


def pattern(size):
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def answer(body=b"", status="200 OK", *lines):
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}"))
    return head.encode("latin-1") + b"\r\n" + body


def web(origin, connection):
    """A web server: what it does stands in the target. See `answers`."""
    reader = Reader(connection)
    while True:
        message = Message(reader.until(b"\r\n\r\n"))
        method, target, version = message.first.split(" ")
        if message.get("expect", "").lower() == "100-continue" and "refuse" not in target:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        with origin.request(message):
            if method == "POST" and "/early" not in target:
                message.read_body(reader)
            step = target.split("?")[0].strip("/").split("/")
            goes_on = STEPS.get(step[0], name)(origin, connection, message, *step[1:2])
        if not goes_on or version == "HTTP/1.0" or message.get("connection", "") == "close":
            return


def name(origin, connection, message, *_):
    body = b"" if message.first.startswith("HEAD") else origin.name.encode()
    lines = (f"X-Hash: {hashlib.sha256(message.body).hexdigest()}",)
    head = answer(origin.name.encode(), "200 OK", *lines)
    connection.sendall(head if body else head[:head.index(b"\r\n\r\n") + 4])
    return True


def echo(_, connection, message, *__):
    facts = {"first": message.first, "fields": sorted(message.fields, key=lambda field: field[0]),
             "length": len(message.body),
             "hash": hashlib.sha256(message.body).hexdigest(), "trailers": message.trailers}
    connection.sendall(answer(json.dumps(facts).encode()))
    return True


def sized(_, connection, message, size):
    connection.sendall(answer(b"" if message.first.startswith("HEAD") else pattern(int(size))))
    return True


def chunked(_, connection, __, size):
    size = int(size)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
    data = pattern(size)
    pieces = [data[at:at + 10_000] for at in range(0, size, 10_000)]
    body = b"".join(b"%x;an=extension\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    connection.sendall(body + b"0\r\nX-Sum: %s\r\n\r\n" % hashlib.sha256(data).hexdigest().encode())
    return True


def until_close(_, connection, __, size):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + pattern(int(size)))
    return False


def sleeps(origin, connection, message, milliseconds):
    time.sleep(int(milliseconds) / 1000)
    return name(origin, connection, message)


def status(_, connection, __, number):
    connection.sendall(answer(b"", f"{number} It"))
    return True


def early(_, connection, __, *___):
    connection.sendall(answer(b"no", "413 Too Large", "Connection: close"))
    return False


def closes(*_):
    return False


def resets(_, connection, __, *___):
    reset(connection)
    return False


def hints(_, connection, *__):
    connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"hinted"))
    return True


def half(_, connection, __, how):
    """Half of a body; then the connection ends, is reset, or nothing more comes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + pattern(500))
    if how == "stall":
        connection.settimeout(20)
        connection.recv(1)
    time.sleep(0.05)  # the proxy has passed it on
    if how == "reset":
        reset(connection)
    return False


def bad(_, connection, __, what):
    """A response that is none."""
    connection.sendall({"head": b"garbage\r\n\r\n",
                        "length": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                        "half": b"HTTP/1.1 200 OK\r\nContent-Le",
                        "large": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
                        "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n"}[what])
    if what == "chunk":
        connection.settimeout(20)
        connection.recv(1)
    return False


def upgrade(_, connection, message, *__):
    """A WebSocket that returns every frame, unmasked."""
    key = message.get("sec-websocket-key", "")
    accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       b"Sec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n")
    reader = Reader(connection)
    while True:
        code, payload = read_frame(reader)
        connection.sendall(frame(code, payload))
        if code == 8:
            return False


def frame(code, payload, mask=b""):
    size, bit = len(payload), 0x80 if mask else 0
    head = bytes([0x80 | code])
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", size)
    if mask:
        repeated = (mask * (size // 4 + 1))[:size]
        payload = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
    return head + mask + payload


def read_frame(reader):
    first, second = reader.exactly(2)
    size = second & 0x7f
    if size == 126:
        size = struct.unpack("!H", reader.exactly(2))[0]
    elif size == 127:
        size = struct.unpack("!Q", reader.exactly(8))[0]
    mask = reader.exactly(4) if second & 0x80 else b""
    payload = reader.exactly(size)
    if mask:
        repeated = (mask * (size // 4 + 1))[:size]
        payload = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
    return first & 0x0f, payload


STEPS = {"echo": echo, "bytes": sized, "chunked": chunked, "until_close": until_close, "sleep": sleeps,
         "status": status, "early": early, "close": closes, "reset": resets, "hints": hints, "half": half, "bad": bad, "ws": upgrade}


def lines(_, connection):
    """Of mode tcp: every line comes back; "close", "reset" and "stall" do what they say."""
    reader = Reader(connection)
    while True:
        line = reader.until(b"\n")
        if line == b"reset\n":
            return reset(connection)
        if line == b"close\n":
            return None
        if line != b"stall\n":
            connection.sendall(line)
