"""Layer 7 under load: configurations that change all the time, servers that die, connections that end at random, and
peers that are slow. Nobody who could be served is not."""
import os
import re
import signal
import socket
import threading
import time

import pytest
from appliance import ROOT
from harness import PYTHON
from l7_client import Talk, once
from l7_hosts import OURS, SERVERS
from l7_nginx import origins
from l7_origin import Origin, Reader
from processes import until

PORT = 8010
CHANGES = 1000


def backend(names=SERVERS, port=PORT, **more):
    servers = {name: {"address": SERVERS[name], "port": port} for name in names}
    return {"transport": "kernel", "servers": servers, **more}


def configuration():
    return {"frontends": {"web": {"transport": "kernel", "binds": [{"port": 80}], "default_backend": "web"}},
            "backends": {"web": backend()}}


@pytest.fixture(scope="module")
def nginx(hosts):
    made = origins(hosts.servers, list(SERVERS.values()), PORT)
    yield made
    made.close()


@pytest.fixture
def running(hosts, nginx):
    made = hosts.poised(**configuration())
    yield made
    assert made.process.running(), "poised died"
    assert made.stop() == 0


class Wrk:
    """wrk on the client's host: until it has run its time."""

    def __init__(self, hosts, seconds, target="/100", connections=16):
        self.process = hosts.client.start(f"wrk-{time.monotonic()}", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                                          "--timeout", "20s", f"http://{OURS}{target}")
        self.seconds = seconds

    def result(self):
        """(requests, answers that are no 2xx or 3xx, errors of sockets)"""
        self.process.child.wait(self.seconds + 30)
        text = self.process.output()
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        return (int(re.search(r"(\d+) requests in", text).group(1)), int(bad.group(1)) if bad else 0,
                sum(map(int, errors.groups())) if errors else 0)


def totals(running):
    """What only grows, of the frontend and the backend."""
    front, back = (running.api.get(path) for path in ("/v1/frontends/web", "/v1/backends/web"))
    return [row[key] for row in (front, back) for key in sorted(row)
            if key in ("requests_total", "sessions_total", "bytes_in", "bytes_out", "responses_2xx")]


def change(api, number):
    """One of many kinds of change; none of them touches what all servers at once are needed for."""
    kind = number % 8
    if kind == 0:
        extra = {"address": SERVERS["one"], "port": PORT, "weight": number % 200 + 1}
        api.put("/v1/config/backends/web/servers/extra", extra)
    elif kind == 1:
        api.patch("/v1/config", {"backends": {"web": {"servers": {"two": {"weight": number % 256}}}}})
    elif kind == 2:
        api.delete("/v1/config/backends/web/servers/extra")
    elif kind == 3:
        front = {"transport": "kernel", "binds": [{"port": 90}], "default_backend": "more"}
        api.patch("/v1/config", {"frontends": {"more": front}, "backends": {"more": backend(("one", "two"))}})
    elif kind == 4:
        api.patch("/v1/config", {"backends": {"web": {"servers": {"three": None}}}})
    elif kind == 5:
        api.patch("/v1/config", {"frontends": {"more": None}, "backends": {"more": None}})
    elif kind == 6:
        api.put("/v1/config/backends/web/servers/three", {"address": SERVERS["three"], "port": PORT})
    else:
        algorithm = ("roundrobin", "leastconn", "random", "source")[number // 8 % 4]
        api.patch("/v1/config", {"backends": {"web": {"balance": {"algorithm": algorithm}}}})


def test_a_thousand_changes_fail_no_request_and_reset_no_counter(hosts, running):
    """Servers, weights, algorithms, whole frontends and backends come and go while two clients' connections stay open."""
    held = Talk(hosts.client, OURS)
    assert held.get("/name").first == "HTTP/1.1 200 OK"
    seconds, asked, before, done = 25, 0, totals(running), 0
    wrk = Wrk(hosts, seconds)
    began = time.monotonic()
    while done < CHANGES and time.monotonic() < began + 120:
        if done % 50 == 0:
            assert held.get("/name").first == "HTTP/1.1 200 OK"
            now = totals(running)
            assert all(new >= old for old, new in zip(before, now)), (before, now)
            before, asked = now, asked + 1
        if not wrk.process.running():
            requests, bad, errors = wrk.result()
            assert (bad, errors) == (0, 0) and requests > 1000
            wrk = Wrk(hosts, seconds)
        change(running.api, done)
        done += 1
    wrk.process.signal(signal.SIGINT)
    requests, bad, errors = wrk.result()
    assert (bad, errors) == (0, 0)
    assert done == CHANGES, f"only {done} changes"
    assert held.get("/name").first == "HTTP/1.1 200 OK"


def test_a_server_that_is_killed_takes_only_what_it_had_in_hand(hosts, running):
    """nginx of one server gets SIGKILL under load: at most one failure a connection, and none after that."""
    victim = origins(hosts.servers, [SERVERS["two"]], PORT + 1, "victim")
    rows = backend(("one", "three"))
    rows["servers"]["two"] = {"address": SERVERS["two"], "port": PORT + 1}
    running.api.put("/v1/config/backends/web", rows)
    connections = 16
    wrk = Wrk(hosts, 5, connections=connections)
    time.sleep(1)
    victim.close()
    time.sleep(0.5)
    after = Wrk(hosts, 2)
    requests, bad, errors = wrk.result()
    assert requests > 500 and bad + errors <= connections, (requests, bad, errors)
    requests, bad, errors = after.result()
    assert requests > 200 and (bad, errors) == (0, 0)


def test_servers_that_end_idle_connections_at_random_fail_no_request(hosts, running):
    """100,000 requests over connections that the server ends, or resets, whenever it likes after an answer."""
    program = os.path.join(ROOT, "tests/lab/l7_closing_server.py")
    servers = [hosts.servers.start(f"closing-{name}", PYTHON, "-B", program, address, str(PORT + 2))
               for name, address in list(SERVERS.items())[:2]]
    until(lambda: all("ready" in server.output() for server in servers), "the servers are ready")
    running.api.put("/v1/config/backends/web", backend(("one", "two"), PORT + 2))
    total, deadline = 0, time.monotonic() + 90
    while total < 100_000 and time.monotonic() < deadline:
        requests, bad, errors = Wrk(hosts, 6, "/", 32).result()
        assert (bad, errors) == (0, 0), (requests, bad, errors)
        total += requests
    assert total >= 100_000, total
    for server in servers:
        server.kill()


def memory_kb(running):
    with open(f"/proc/{running.process.child.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def test_clients_that_read_slowly_cost_a_bounded_memory(hosts, running):
    """200 downloads of 1 MB that nobody reads yet: what waits lies with the kernel and the server. Then all arrive whole."""
    running.api.patch("/v1/config", {"frontends": {"web": {"timeouts": {"client_ms": 60000}}}})
    before = memory_kb(running)
    clients = [Talk(hosts.client, OURS, receive_buffer=8192) for _ in range(200)]
    for client in clients:
        client.say("GET /1048576 HTTP/1.1\r\nHost: a\r\n\r\n")
    until(lambda: running.api.get("/v1/frontends/web")["sessions"] >= 200, "all downloads have begun")
    time.sleep(1)
    assert memory_kb(running) - before < 200 * 200, "200 KB a connection"
    assert all(len(client.hear().body) == 1048576 for client in clients)
    for client in clients:
        client.close()


def test_servers_that_read_slowly_cost_a_bounded_memory(hosts, running):
    """100 uploads of 5 MB to a server that waits before it reads."""
    go = threading.Event()

    def slow(_, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        reader = Reader(connection)
        reader.until(b"\r\n\r\n")
        go.wait(20)
        reader.exactly(5_000_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    origin = Origin(hosts.servers, SERVERS["one"], PORT + 3, slow)
    running.api.put("/v1/config/backends/web", backend(("one",), PORT + 3))
    before, answers = memory_kb(running), []

    def upload():
        with Talk(hosts.client, OURS, seconds=60) as client:
            client.say(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + bytes(5_000_000))
            answers.append(client.hear().first)
    threads = [threading.Thread(target=upload) for _ in range(100)]
    for thread in threads:
        thread.start()
    until(lambda: origin.connections == 100, "all uploads have begun")
    time.sleep(1)
    assert memory_kb(running) - before < 100 * 300, "300 KB a connection"
    go.set()
    for thread in threads:
        thread.join()
    assert answers == ["HTTP/1.1 200 OK"] * 100
    origin.close()


def test_a_thousand_slow_heads_do_not_hinder_others(hosts, running):
    """Clients that send a byte of their head now and then: others are served at once."""
    running.api.patch("/v1/config", {"frontends": {"web": {"timeouts": {"http_request_ms": 3000}}}})
    slow = [Talk(hosts.client, OURS) for _ in range(1000)]
    for client in slow:
        client.say("GET / HTTP/1.1\r\nX-")
    began = time.monotonic()
    for number in range(100):
        for client in slow[number * 10:number * 10 + 10]:
            client.say("a")
        assert once(hosts.client, OURS, "/100").first == "HTTP/1.1 200 OK"
    assert time.monotonic() - began < 3
    assert all(client.rest().startswith(b"HTTP/1.1 408") for client in slow)


def test_a_stop_waits_for_what_is_on_its_way(hosts):
    """drain_on_stop_ms: no new clients, and a response that goes on arrives whole."""
    def slow(_, connection):
        Reader(connection).until(b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            time.sleep(0.1)
            connection.sendall(b"x")

    origin = hosts.later(Origin(hosts.servers, SERVERS["one"], PORT + 4, slow))
    parts = configuration()
    parts["backends"]["web"] = backend(("one",), PORT + 4)
    made = hosts.poised(**parts, node={"name": "lab", "drain_on_stop_ms": 20000})
    idle, busy, heard = Talk(hosts.client, OURS), Talk(hosts.client, OURS), []
    reader = threading.Thread(target=lambda: heard.append(busy.get("/").body))
    reader.start()
    until(lambda: origin.connections == 1, "the response is on its way")
    time.sleep(0.3)
    made.process.signal(signal.SIGTERM)
    assert idle.rest() == b"", "a client between requests is let go"

    def is_refused():
        try:
            Talk(hosts.client, OURS).close()
            return False
        except ConnectionRefusedError:
            return True
    until(is_refused, "no new clients")
    assert made.process.running(), "it waits"
    reader.join()
    assert heard == [b"x" * 20]
    assert made.process.child.wait(10) == 0
