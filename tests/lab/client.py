"""The client of the lab: its sockets live in the client's namespace, its code in this process."""
import asyncio
import collections
import contextlib
import hashlib
import http.client
import socket
import threading

from processes import until


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Client:
    def __init__(self, namespace):
        self.namespace = namespace

    def connect(self, address, port, source=None, seconds=5.0):
        connection = self.namespace.socket(family_of(address), socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            if source:
                connection.bind((source, 0))
            connection.connect((address, port))
        except OSError:
            connection.close()
            raise
        return connection

    def request(self, address, method="GET", path="/", port=80, body=None, source=None, seconds=10.0):
        """The body of the answer, whole or an exception."""
        http_connection = http.client.HTTPConnection(address, port, timeout=seconds)
        http_connection.sock = self.connect(address, port, source, seconds)
        try:
            http_connection.request(method, path, body=body)
            answer = http_connection.getresponse()
            assert answer.status == 200, f"{method} {path}: {answer.status}"
            return answer.read()
        finally:
            http_connection.close()

    def get(self, address, path="/", **options):
        return self.request(address, "GET", path, **options)

    def name(self, address, **options):
        """Which server answered."""
        return self.get(address, **options).decode().strip()

    def answers(self, address, **options):
        """The name of the server that answered, or None."""
        try:
            return self.name(address, seconds=1.0, **options)
        except (OSError, http.client.HTTPException):
            return None

    def spread(self, address, count, **options):
        """How `count` requests, one after the other, spread over the servers."""
        return collections.Counter(self.name(address, **options) for _ in range(count))

    def download_hash(self, address, path="/file"):
        return hashlib.sha256(self.get(address, path, seconds=60.0)).hexdigest()

    def upload_hash(self, address, body):
        return self.request(address, "POST", "/hash", body=body, seconds=60.0).decode().strip()

    def parallel(self, address, count, port=80):
        """`count` connections that are all open at the same time, then one request on each: how they spread."""
        return asyncio.run(self._parallel(address, count, port))

    async def _parallel(self, address, count, port):
        loop, opened, all_open = asyncio.get_running_loop(), 0, asyncio.Event()

        async def one():
            nonlocal opened
            connection = self.namespace.socket(family_of(address), socket.SOCK_STREAM)
            connection.setblocking(False)
            await asyncio.wait_for(loop.sock_connect(connection, (address, port)), 30)
            reader, writer = await asyncio.open_connection(sock=connection)
            opened += 1
            if opened == count:
                all_open.set()
            await asyncio.wait_for(all_open.wait(), 60)
            writer.write(b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(), 60)
            writer.close()
            return answer.decode().rsplit("\n", 2)[-2]

        return collections.Counter(await asyncio.gather(*(one() for _ in range(count))))

    def datagram(self, address, text="ping", port=7, seconds=3.0):
        """The echo of a datagram, asked for again when it does not come: what a client of UDP has to do."""
        with self.namespace.socket(family_of(address), socket.SOCK_DGRAM) as sender:
            sender.connect((address, port))
            sender.settimeout(0.3)

            def exchange():
                try:
                    sender.send(text.encode())
                    return sender.recv(65535).decode()
                except OSError:
                    return None
            return until(exchange, f"an echo from {address}:{port}", seconds)

    def ping(self, address, count=1, size=56, check=True):
        options = ("-n", "-c", str(count), "-i", "0.2", "-W", "2", "-s", str(size))
        output = self.namespace.execute("ping", *options, address, check=False)
        received = f"{count} received" in output
        assert received or not check, output
        return received


class Echo:
    """A TCP connection to an echo service that is held: `ask` shows that it still lives, and at which server."""

    def __init__(self, client, address, port=7):
        self.connection = client.connect(address, port)
        self.reader = self.connection.makefile("rb")
        self.asked = 0

    def ask(self):
        """The name of the server at the other end; an exception when the connection is dead."""
        self.asked += 1
        self.connection.sendall(b"%d\n" % self.asked)
        name, number = self.reader.readline().decode().split()
        assert int(number) == self.asked
        return name

    def close(self):
        self.reader.close()
        self.connection.close()


class Traffic:
    """Connections that ask all the time in a thread of their own. `failures` says what went wrong, `answers` how much went well."""

    def __init__(self, client, address, connections=20):
        self.echoes = [Echo(client, address) for _ in range(connections)]
        self.homes = [echo.ask() for echo in self.echoes]
        self.answers, self.failures, self.stopping = 0, [], threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping.is_set():
            for echo, home in zip(self.echoes, self.homes):
                try:
                    name = echo.ask()
                    if name != home:
                        self.failures.append(f"{home} became {name}")
                    self.answers += 1
                except (OSError, ValueError) as error:
                    self.failures.append(f"{home}: {error!r}")
                    return
            self.stopping.wait(0.005)

    def more(self, count=100):
        """Waits until `count` more answers have come (or one has failed)."""
        wanted = self.answers + count
        until(lambda: self.answers >= wanted or self.failures, f"{count} more answers")
        assert not self.failures, self.failures

    def stop(self):
        self.stopping.set()
        self.thread.join(0.5)
        for echo in self.echoes:  # also ends a thread that waits for an answer which will not come
            with contextlib.suppress(OSError):
                echo.connection.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        for echo in self.echoes:
            echo.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
