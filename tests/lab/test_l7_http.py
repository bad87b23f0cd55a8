"""HTTP/1 through the proxy, over the kernel's sockets: what clients say in all its forms, byte for byte."""
import hashlib
import json
import os
import random
import subprocess

import pytest
from l7_client import Talk, WebSocket, once
from l7_hosts import CLIENT, CLIENT_V6, OURS, OURS_V6, SERVERS, SERVERS_V6
from l7_origin import Origin, pattern
from processes import until

BIG = 20_000_000


def configuration():
    return {
        "frontends": {
            "web": {"transport": "kernel", "binds": [{"port": 80}, {"address": "::", "port": 80}],
                    "default_backend": "web", "forwarded_for": {}},
            "plain": {"transport": "kernel", "binds": [{"port": 81}], "default_backend": "web"},
        },
        "backends": {"web": {"transport": "kernel",
                             "servers": {"one": {"address": SERVERS["one"], "port": 8000}}}}}


@pytest.fixture(scope="module")
def site(hosts):
    origin = hosts.later(Origin(hosts.servers, SERVERS["one"], 8000))
    made = hosts.poised(**configuration())
    yield origin
    assert made.process.running(), "poised died"
    assert made.stop() == 0
    origin.close()


def echoed(message):
    assert message.first.split(" ")[1] == "200", message.first
    return json.loads(message.body)


def talk(hosts, address=OURS, port=80, **options):
    return Talk(hosts.client, address, port, **options)


def curl(hosts, *arguments):
    done = subprocess.run(["ip", "netns", "exec", hosts.client.name, "curl", "-sS", "-m", "60", *arguments],
                          capture_output=True, check=True)
    return done.stdout


def test_curl_gets_and_asks_for_the_head(hosts, site):
    """GET has a body, HEAD has none but its length; over IPv4 and IPv6."""
    assert curl(hosts, f"http://{OURS}/") == site.name.encode()
    assert curl(hosts, f"http://[{OURS_V6}]/") == site.name.encode()
    head = curl(hosts, "-I", f"http://{OURS}/bytes/1000").decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n") and "content-length:" in head


@pytest.mark.parametrize("more", [(), ("-H", "Transfer-Encoding: chunked"), ("--http1.0",)])
def test_20_mb_go_up_whole(hosts, site, tmp_path, more):
    """With a length (curl first asks with Expect), in chunks, and from a client of HTTP/1.0."""
    path = tmp_path / "body"
    body = random.Random(2).randbytes(BIG)
    path.write_bytes(body)
    facts = json.loads(curl(hosts, *more, "--data-binary", f"@{path}", f"http://{OURS}/echo"))
    assert (facts["length"], facts["hash"]) == (BIG, hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize("kind", ["bytes", "chunked", "until_close"])
@pytest.mark.parametrize("more", [(), ("--http1.0",)])
def test_20_mb_come_down_whole(hosts, site, kind, more):
    """With a length, in chunks, and until the server ends; to clients of HTTP/1.1 and 1.0."""
    body = curl(hosts, *more, f"http://{OURS}/{kind}/{BIG}")
    assert len(body) == BIG and body == pattern(BIG)


def test_trailers_go_both_ways(hosts, site):
    """Behind the last chunk: the request's reach the server, the response's reach the client."""
    with talk(hosts) as client:
        body = b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n"
        facts = echoed(client.ask("POST", "/echo", "Transfer-Encoding: chunked", "Trailer: X-Sum", body=body))
        assert facts["length"] == 5 and facts["trailers"] == ["x-sum: 1", "x-other: 2"]
        answer = client.get("/chunked/25000")
        assert answer.body == pattern(25000)
        assert answer.trailers == ["x-sum: " + hashlib.sha256(answer.body).hexdigest()]


def test_a_client_that_expects_hears_continue_or_the_refusal(hosts, site):
    """100 comes from the server, and so does what it says in its place."""
    with talk(hosts) as client:
        client.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert client.hear().first == "HTTP/1.1 100 Continue"
        client.say("hello")
        assert echoed(client.hear())["length"] == 5
        client.say("POST /early/refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert client.hear().first.startswith("HTTP/1.1 413")


def test_a_response_that_comes_before_the_body_is_through_is_passed_on(hosts, site):
    """The server refuses a large body at once and leaves: the client hears why."""
    with talk(hosts) as client:
        client.say("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + "x" * 100)
        assert client.hear().first.startswith("HTTP/1.1 413")


def test_early_hints_come_before_the_response(hosts, site):
    """To clients that know them: HTTP/1.0 gets the response alone."""
    with talk(hosts) as client:
        first = client.get("/hints")
        assert (first.first, first.get("link")) == ("HTTP/1.1 103 Early Hints", "</a>")
        assert client.hear().body == b"hinted"
    with talk(hosts) as client:
        client.say("GET /hints HTTP/1.0\r\n\r\n")
        answer = client.hear()
        assert answer.first == "HTTP/1.1 200 OK" and answer.body == b"hinted"


def test_http_1_0_is_kept_alive_only_when_it_asks(hosts, site):
    with talk(hosts) as client:
        client.say("GET / HTTP/1.0\r\n\r\n")
        assert client.hear().body == site.name.encode()
        assert client.rest() == b""
    with talk(hosts) as client:
        for _ in range(3):
            client.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert client.hear().get("connection") == "keep-alive"


def test_100_requests_on_one_connection(hosts, site):
    """And few connections to the server."""
    before = site.connections
    with talk(hosts) as client:
        assert all(client.get("/").body == site.name.encode() for _ in range(100))
    assert site.connections - before <= 1


def test_requests_that_come_at_once_are_answered_in_their_order(hosts, site):
    """200 in one write, of different sizes; one byte at a time; and a POST among them."""
    with talk(hosts) as client:
        client.say("".join(f"GET /bytes/{size} HTTP/1.1\r\nHost: a\r\n\r\n" for size in range(200)))
        assert [len(client.hear().body) for _ in range(200)] == list(range(200))
        post = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /bytes/7 HTTP/1.1\r\nHost: a\r\n\r\n"
        for letter in post:
            client.say(letter)
        assert echoed(client.hear())["length"] == 3
        assert len(client.hear().body) == 7


def test_forms_of_the_target(hosts, site):
    """Absolute targets become paths with their Host; "*" and odd methods go on as they are."""
    with talk(hosts) as client:
        for target, first in (("http://lab/echo?a=b", "GET /echo?a=b HTTP/1.1"), ("/echo?x=%00", "GET /echo?x=%00 HTTP/1.1")):
            facts = echoed(client.get(target))
            assert facts["first"] == first and ["host", "lab"] in facts["fields"]
        assert client.ask("OPTIONS", "*").first == "HTTP/1.1 200 OK"
        assert site.seen[-1].first == "OPTIONS * HTTP/1.1"
        assert echoed(client.ask("PATCH-ME", "/echo"))["first"] == "PATCH-ME /echo HTTP/1.1"


def test_what_is_too_large_or_wrong_gets_an_answer_of_the_proxys_own(hosts, site):
    rows = (("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x" * 20_000 + "\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n" + "X: x\r\n" * 200 + "\r\n", 431),
            ("GET /" + "x" * 9000 + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505), ("nonsense\r\n\r\n", 400))
    for request, status in rows:
        with talk(hosts) as client:
            client.say(request)
            answer = client.hear()
            assert int(answer.first.split(" ")[1]) == status, request[:60]
            assert answer.get("connection") == "close" and client.rest() == b""


def test_large_heads_go_through(hosts, site):
    """15 KB of fields, both ways as one piece and in many."""
    with talk(hosts) as client:
        lines = [f"X-{at}: {'y' * 180}" for at in range(75)]
        facts = echoed(client.get("/echo", *lines))
        assert sum(name.startswith("x-") for name, _ in facts["fields"]) >= 75


def test_a_websocket_stays_open_and_carries_frames_both_ways(hosts, site):
    """Small ones, one of 1 MB, and many in one write; then both sides close."""
    with talk(hosts) as client:
        socket = WebSocket(client)
        assert socket.answer.first == "HTTP/1.1 101 Switching Protocols"
        assert socket.answer.get("upgrade") == "websocket"
        for payload in (b"", b"hello", os.urandom(70_000), os.urandom(1_000_000)):
            socket.send(payload)
            assert socket.hear() == (2, payload)
        for number in range(100):
            socket.send(str(number).encode(), 1)
        assert [socket.hear() for _ in range(100)] == [(1, str(number).encode()) for number in range(100)]
        socket.send(b"\x03\xe8", 8)
        assert socket.hear() == (8, b"\x03\xe8")
        assert client.rest() == b""


@pytest.mark.parametrize("address, want", [(OURS, CLIENT), (OURS_V6, CLIENT_V6)])
def test_servers_learn_the_client_from_x_forwarded_for(hosts, site, address, want):
    """It is added behind what was there; where it is not asked for, nothing is added."""
    with talk(hosts, address) as client:
        facts = echoed(client.get("/echo", "X-Forwarded-For: 192.0.2.1"))
        assert [value for name, value in facts["fields"] if name == "x-forwarded-for"] == ["192.0.2.1", want]
    with talk(hosts, port=81) as client:
        assert not any(name == "x-forwarded-for" for name, _ in echoed(client.get("/echo"))["fields"])


def test_fields_for_one_hop_end_at_it(hosts, site):
    with talk(hosts, port=81) as client:
        facts = echoed(client.get("/echo", "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "TE: trailers",
                                  "Proxy-Connection: keep-alive", "X-End: 2"))
        assert [name for name, _ in facts["fields"]] == ["host", "x-end"]


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(hosts, site):
    """Downloads and uploads are cut in ten ways; no session and no connection to the server stays."""
    for cut in range(10):
        client = talk(hosts)
        if cut % 2:
            client.say("GET /bytes/5000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            client.socket.recv(1000 * cut + 1)
        else:
            client.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + "x" * 1000 * cut)
        (client.reset if cut % 3 else client.close)()
    until(lambda: site.current == 0, "the server is free again")
    assert once(hosts.client, OURS, "/").body == site.name.encode()


def test_new_connections_in_numbers(hosts, site):
    """1,000 connections that are open at a time, each with a request."""
    clients = [talk(hosts) for _ in range(1000)]
    for client in clients:
        client.say("GET /bytes/10 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert sum(len(client.hear().body) for client in clients) == 10_000
    for client in clients:
        client.close()
