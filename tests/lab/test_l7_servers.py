"""From a frontend to a server: balancing, limits and queues, retries, PROXY headers and mode tcp, over the kernel's sockets."""
import collections
import ipaddress
import struct
import threading
import time

import pytest
from l7_client import Talk, WebSocket, once
from l7_hosts import CLIENT, CLIENT_V6, OURS, OURS_V6, SERVERS, SERVERS_V6, SILENT
from l7_origin import Origin, Reader, lines, web
from processes import until
from server import parse_proxy

NAMES = {f"{address}:8000": name for name, address in SERVERS.items()}


def servers(port=8000, **more):
    return {name: {"address": address, "port": port, **more} for name, address in SERVERS.items()}


def site(mode="http", port=80, frontend=None, **backend):
    front = {"mode": mode, "transport": "kernel", "binds": [{"port": port}, {"address": "::", "port": port}],
             "default_backend": "web", **(frontend or {})}
    return {"frontends": {"web": front}, "backends": {"web": {"mode": mode, "transport": "kernel", **backend}}}


@pytest.fixture(scope="module")
def origins(hosts):
    made = {name: Origin(hosts.servers, address, 8000) for name, address in SERVERS.items()}
    yield made
    for origin in made.values():
        origin.close()


@pytest.fixture(scope="module")
def running(hosts, origins):
    made = hosts.poised()
    yield made
    assert made.process.running(), "poised died"
    assert made.stop() == 0


@pytest.fixture
def configure(running):
    """Replaces all of layer 7's configuration."""
    def apply(parts):
        for part in ("frontends", "backends"):
            running.api.put(f"/v1/config/{part}", {})
        running.api.patch("/v1/config", parts)
    yield apply
    assert running.process.running(), "poised died"


def name_of(hosts, target="/", *more, address=OURS):
    return NAMES[once(hosts.client, address, target, *more).body.decode()]


def spread(hosts, count, target="/"):
    return collections.Counter(name_of(hosts, target.format(number)) for number in range(count))


def rows_of(running, backend="web"):
    return {row["name"]: row for row in running.api.get(f"/v1/backends/{backend}")["servers"]}


# --- balancing ---

@pytest.mark.parametrize("algorithm", ["roundrobin", "static-rr"])
def test_turns_are_taken_by_weight(hosts, configure, algorithm):
    weights = {"one": 1, "two": 2, "three": 3}
    rows = {name: row | {"weight": weights[name]} for name, row in servers().items()}
    configure(site(balance={"algorithm": algorithm}, servers=rows))
    assert spread(hosts, 60) == {"one": 10, "two": 20, "three": 30}


def test_leastconn_takes_the_one_with_the_least_to_do(hosts, configure):
    """Three long requests hold one server each; when one has two of them, the others get what is new."""
    configure(site(balance={"algorithm": "leastconn"}, servers=servers()))
    held = [Talk(hosts.client, OURS).say("GET /sleep/1500 HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(4)]
    time.sleep(0.2)
    got = collections.Counter(name_of(hosts) for _ in range(20))
    twice = collections.Counter(NAMES[talk.hear().body.decode()] for talk in held)
    assert set(twice) == set(SERVERS)
    assert got[twice.most_common(1)[0][0]] == 0


def test_first_fills_servers_in_their_order(hosts, configure):
    rows = {name: row | {"id": number, "connections_max": 2} for number, (name, row) in enumerate(servers().items(), 1)}
    configure(site(balance={"algorithm": "first"}, servers=rows))
    assert spread(hosts, 10) == {"one": 10}
    held = [Talk(hosts.client, OURS).say("GET /sleep/800 HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(5)]
    assert collections.Counter(NAMES[talk.hear().body.decode()] for talk in held) == {"one": 2, "two": 2, "three": 1}


@pytest.mark.parametrize("hash_type", ["map-based", "consistent", "maglev"])
@pytest.mark.parametrize("settings, of", [({"algorithm": "source"}, None), ({"algorithm": "uri"}, "/{}/x"),
                                          ({"algorithm": "url_param", "name": "user"}, "/?a=1&user={}"),
                                          ({"algorithm": "hdr", "name": "host"}, None),
                                          ({"algorithm": "hash", "key": "%[src]"}, None),
                                          ({"algorithm": "hash", "key": "%[host]%[url_param(user)]"}, "/?a=1&user={}")])
def test_hashes_stay_with_their_server(hosts, configure, hash_type, settings, of):
    """The same key goes to the same server, over both families' clients; many keys go to all of them."""
    configure(site(balance={**settings, "hash_type": hash_type}, servers=servers()))
    if of:
        first = [name_of(hosts, of.format(number)) for number in range(40)]
        assert first == [name_of(hosts, of.format(number)) for number in range(40)]
        assert set(first) == set(SERVERS)
    else:
        assert len(spread(hosts, 10)) == 1


@pytest.mark.parametrize("hash_type", ["map-based", "consistent", "maglev"])
def test_a_hash_without_a_key_takes_turns(hosts, configure, hash_type):
    balance = {"algorithm": "hash", "key": "%[req.cook(sid)]", "hash_type": hash_type}
    configure(site(balance=balance, servers=servers()))
    assert spread(hosts, 30) == {"one": 10, "two": 10, "three": 10}
    assert len(collections.Counter(name_of(hosts, "/", "Cookie: sid=7") for _ in range(10))) == 1


def test_a_hash_in_mode_tcp_is_of_the_connection(hosts, configure):
    configure(site("tcp", balance={"algorithm": "hash", "key": "%[src]"}, servers=servers()))
    assert len(spread(hosts, 10)) == 1
    configure(site("tcp", balance={"algorithm": "hash", "key": "%[src]:%[src_port]"}, servers=servers()))
    assert set(spread(hosts, 60)) == set(SERVERS)


def test_a_hash_of_consistent_type_moves_few_keys_when_a_server_leaves(hosts, configure, running):
    configure(site(balance={"algorithm": "uri", "hash_type": "consistent"}, servers=servers()))
    before = [name_of(hosts, f"/{number}") for number in range(60)]
    running.api.delete("/v1/config/backends/web/servers/three")
    after = [name_of(hosts, f"/{number}") for number in range(60)]
    assert all(now == was for was, now in zip(before, after) if was != "three")


def test_random_reaches_all(hosts, configure):
    configure(site(balance={"algorithm": "random"}, servers=servers()))
    assert set(spread(hosts, 60)) == set(SERVERS)


def test_backups_wait_until_no_other_server_is_there(hosts, configure, running):
    rows = servers()
    rows["three"]["backup"] = True
    configure(site(servers=rows))
    assert set(spread(hosts, 20)) == {"one", "two"}
    for name in ("one", "two"):
        running.api.patch("/v1/config", {"backends": {"web": {"servers": {name: {"state": "down"}}}}})
    assert set(spread(hosts, 5)) == {"three"}


# --- limits ---

def storm(hosts, count, target, port=80):
    """`count` clients at a time, a request each: status by how often."""
    statuses = collections.Counter()

    def ask():
        try:
            statuses[once(hosts.client, OURS, target, port=port, seconds=30).first.split(" ")[1]] += 1
        except OSError as error:
            statuses[repr(error)] += 1
    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_a_server_never_has_more_than_its_limit(hosts, configure, origins, running):
    """60 clients, 3 at a time: measured where the requests arrive; nobody is refused, all wait in the queue."""
    configure(site(servers={"one": servers()["one"] | {"connections_max": 3}}, timeouts={"queue_ms": 20000}))
    origins["one"].most = 0
    assert storm(hosts, 60, "/sleep/30") == {"200": 60}
    assert origins["one"].most == 3
    assert running.api.get("/v1/backends/web")["servers"][0]["sessions_most"] == 3


def test_a_queue_of_a_server_has_a_limit_and_a_timeout(hosts, configure):
    """Who is bound to a full server waits in its queue; what is beyond queue_max, or queue_ms, gets 503."""
    configure(site(servers={"one": servers()["one"] | {"connections_max": 1}}, timeouts={"queue_ms": 300}))
    began = time.monotonic()
    held = Talk(hosts.client, OURS).say("GET /sleep/1500 HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(0.1)
    assert once(hosts.client, OURS, "/").first == "HTTP/1.1 503 Service Unavailable"
    assert 0.3 < time.monotonic() - began < 1.4
    assert held.hear().first == "HTTP/1.1 200 OK"


def test_clients_beyond_a_frontends_limit_wait(hosts, configure, origins):
    configure(site(frontend={"connections_max": 4}, servers=servers()))
    for origin in origins.values():
        origin.most = 0
    assert storm(hosts, 40, "/sleep/20") == {"200": 40}
    assert sum(origin.most for origin in origins.values()) <= 6


# --- failures ---

def test_a_refused_connection_is_tried_again_elsewhere(hosts, configure, running):
    """One of three servers does not listen: with redispatch every client is served."""
    rows = servers()
    rows["two"]["port"] = 8999
    configure(site(servers=rows, retries=2, redispatch=True, timeouts={"connect_ms": 100}))
    assert set(spread(hosts, 9)) == {"one", "three"}
    row = rows_of(running)["two"]
    assert row["redispatches"] == 4  # the first turn went to it, and every third of the nine that were served


def test_without_redispatch_the_client_hears_503_after_the_retries(hosts, configure, running):
    configure(site(servers={"gone": {"address": SERVERS["one"], "port": 8999}}, retries=2,
                   redispatch=False, timeouts={"connect_ms": 150}))
    began = time.monotonic()
    assert once(hosts.client, OURS, "/").first.startswith("HTTP/1.1 503")
    assert 0.29 <= time.monotonic() - began < 1.5
    assert rows_of(running)["gone"]["retries"] == 2


def test_a_server_that_does_not_answer_the_connection_is_given_up(hosts, configure):
    configure(site(servers={"silent": {"address": SILENT, "port": 80}}, retries=1, timeouts={"connect_ms": 200}))
    began = time.monotonic()
    assert once(hosts.client, OURS, "/").first.startswith("HTTP/1.1 503")
    assert 0.39 <= time.monotonic() - began < 1.5


# --- timeouts ---

TIMEOUTS = {"client_ms": 400, "http_request_ms": 300, "http_keep_alive_ms": 600}


def elapsed(hosts, say, port=80):
    """(what came, after how many seconds) until the proxy ended the connection."""
    with Talk(hosts.client, OURS, port) as client:
        began = time.monotonic()
        client.say(say)
        return client.rest(), time.monotonic() - began


def test_each_timeout_of_http_ends_what_it_should(hosts, configure):
    configure(site(frontend={"timeouts": TIMEOUTS}, servers=servers(), timeouts={"server_ms": 500}))
    rows = (("GET / HT", "408", 0.3),
            ("", "408", 0.3),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "200", 0.6),
            ("GET /sleep/3000 HTTP/1.1\r\nHost: a\r\n\r\n", "504", 0.5),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", "408", 0.4),
            ("GET /half/stall HTTP/1.1\r\nHost: a\r\n\r\n", "200", 0.5))
    for request, status, seconds in rows:
        answer, took = elapsed(hosts, request)
        assert answer[9:12].decode() == status, request
        assert seconds - 0.05 <= took < seconds + 0.9, f"{request!r} took {took}"


def test_a_client_that_does_not_read_is_given_up_and_one_that_reads_slowly_is_not(hosts, configure, origins):
    configure(site(frontend={"timeouts": TIMEOUTS}, servers=servers(), timeouts={"server_ms": 500}))
    with Talk(hosts.client, OURS, receive_buffer=4096) as client:
        client.say("GET /bytes/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: all(origin.current == 0 for origin in origins.values()), "the server is free again", 5)
    with Talk(hosts.client, OURS, receive_buffer=65536) as client:
        client.say("GET /bytes/3000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got = 0
        while more := client.socket.recv(200_000):
            got += len(more)
            time.sleep(0.04)
        assert got > 3_000_000


def test_a_tunnel_has_a_timeout_of_its_own(hosts, configure):
    configure(site(frontend={"timeouts": TIMEOUTS}, servers=servers(), timeouts={"server_ms": 500, "tunnel_ms": 900}))
    with Talk(hosts.client, OURS) as client:
        socket = WebSocket(client)
        time.sleep(0.7)
        socket.send(b"still here")
        assert socket.hear() == (2, b"still here")
        began = time.monotonic()
        client.rest()
        assert 0.8 < time.monotonic() - began < 1.8


# --- mode tcp and PROXY headers ---

class Proxied:
    """A server behind PROXY headers: says whom it was told of, then serves as another does."""

    def __init__(self, then):
        self.then, self.told = then, []

    def __call__(self, origin, connection):
        reader = Reader(connection)
        first = reader.exactly(6)
        if first == b"PROXY ":
            words = reader.until(b"\r\n").decode().split()
            self.told.append((words[0], words[1], int(words[3]), int(words[4])))
        else:
            header = first + reader.exactly(10)
            rest = reader.exactly(struct.unpack("!H", header[14:])[0])
            self.told.append(("v2", *parse_proxy(header, rest)))
        self.then(origin, Rewound(connection, reader.buffer))


class Rewound:
    """A connection whose first bytes were read already."""

    def __init__(self, connection, first):
        self.connection, self.first = connection, first

    def recv(self, count):
        taken, self.first = self.first, b""
        return taken or self.connection.recv(count)

    def __getattr__(self, what):
        return getattr(self.connection, what)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("mode, then", [("http", web), ("tcp", lines)])
@pytest.mark.parametrize("address, client", [(OURS, CLIENT), (OURS_V6, CLIENT_V6)])
def test_servers_learn_the_client_from_a_proxy_header(hosts, configure, version, mode, then, address, client):
    told = Proxied(then)
    origin = Origin(hosts.servers, SERVERS["one"], 8001, told)
    configure(site(mode, servers={"one": {"address": SERVERS["one"], "port": 8001, "send_proxy": version}}))
    with Talk(hosts.client, address) as talk:
        if mode == "http":
            assert talk.get("/").body == origin.name.encode()
        else:
            assert talk.say("hello\n").reader.until(b"\n") == b"hello\n"
        port = talk.socket.getsockname()[1]
    kind = "v2" if version == "v2" else "TCP6" if ":" in client else "TCP4"
    assert (kind, str(ipaddress.ip_address(client)), port) in [row[:2] + (row[2],) for row in told.told]
    origin.close()


def test_a_header_from_a_proxy_before_us_is_believed_where_it_is_expected(hosts, configure, origins):
    """v1 and v2, in one piece and byte by byte; without one the connection is reset."""
    front = {"binds": [{"port": 80, "accept_proxy": True}], "forwarded_for": {}}
    configure(site(frontend=front, servers=servers()))
    request = b"GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 7, 192, 0, 2, 1]) + struct.pack("!HH", 1234, 80)
    for header in (b"PROXY TCP4 192.0.2.7 192.0.2.1 1234 80\r\n", v2):
        for pieces in ([header + request], [bytes([byte]) for byte in header + request]):
            with Talk(hosts.client, OURS) as client:
                for piece in pieces:
                    client.say(piece)
                assert b'["x-forwarded-for", "192.0.2.7"]' in client.hear().body
    with Talk(hosts.client, OURS) as client, pytest.raises(ConnectionError):
        client.say(request)
        client.socket.recv(1)
        raise ConnectionError("it was ended")


def test_mode_tcp_carries_bytes_both_ways_and_half_closed_connections(hosts, configure):
    """Lines, 20 MB each way, and an end of sending from either side that lets the other go on."""
    def sink(_, connection):
        reader = Reader(connection)
        data = reader.rest()
        connection.sendall(data)

    origin, sinking = (Origin(hosts.servers, SERVERS["one"], *row) for row in ((8002, lines), (8003, sink)))
    for port in (8002, 8003):
        configure(site("tcp", servers={"one": {"address": SERVERS["one"], "port": port}}))
        with Talk(hosts.client, OURS) as talk:
            if port == 8002:
                for number in range(100):
                    line = b"%d\n" % number
                    assert talk.say(line).reader.until(b"\n") == line
                talk.say("close\n")
                assert talk.rest() == b""
            else:
                body = b"0123456789abcdef" * 250_000
                talk.say(body).finish()
                assert talk.rest() == body
    origin.close()
    sinking.close()


def test_mode_tcp_over_ipv6_servers(hosts, configure):
    origin = Origin(hosts.servers, SERVERS_V6["two"], 8002, lines)
    configure(site("tcp", servers={"two": {"address": SERVERS_V6["two"], "port": 8002}}))
    with Talk(hosts.client, OURS) as talk:
        assert talk.say("over six\n").reader.until(b"\n") == b"over six\n"
    origin.close()
