"""Requests that some parser reads otherwise than another: none of them arrives at a server in a form that is ambiguous."""
import concurrent.futures
import json
import os
import random
import re
import time

import pytest
from appliance import ROOT
from l7_client import Talk
from l7_hosts import OURS, SERVERS
from l7_origin import Gone, Message, Origin, Reader, answer
from processes import until

CORPUS = os.path.join(ROOT, "tests/l7/http1/smuggling_test.cpp")
NODE = "node"
NODE_PORT, RAW_PORT = 8003, 8001
SECONDS = 20
REQUESTS = 4000
FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+: [^\0-\x08\n-\x1f\x7f]*(?<![ \t])\Z|[!#$%&'*+.^_`|~0-9a-z-]+: \Z")


def corpus():
    """[(name, fields, whether it is refused)] of the unit test's rows."""
    with open(CORPUS, encoding="utf-8") as file:
        table = file.read().split("const Payload payloads[] = {")[1].split("\n};")[0]
    literal = r'"(?:\\.|[^"\\])*"'
    for name, words, rest in re.findall(rf"\{{({literal}),\s*((?:{literal}\s*)+),\s*([^\n]*)", table):
        pieces = [piece[1:-1].encode("latin-1").decode("unicode_escape") for piece in re.findall(literal, words)]
        yield name.strip('"'), "".join(pieces).replace("@", "\0"), "Refusal::" in rest


class Recorder:
    """A server that keeps every byte, and answers each request that it can tell."""

    def __init__(self):
        self.heard = []

    def __call__(self, origin, connection):
        reader = Reader(connection)
        try:
            while True:
                head = reader.until(b"\r\n\r\n")
                message = Message(head)
                message.read_body(reader)
                self.heard.append((head, message))
                connection.sendall(answer(b"taken"))
        except (Gone, OSError):
            if reader.buffer:
                self.heard.append((reader.buffer, None))


def is_plain(head):
    """A head that everyone reads alike: canonical lines, one Host, at most one framing and that by the book."""
    first, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    if not re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\.1", first):
        return False
    names = [field.split(b":")[0] for field in fields]
    values = dict(zip(names, (field.split(b": ", 1)[-1] for field in fields)))
    framing = names.count(b"content-length") + names.count(b"transfer-encoding")
    return (all(FIELD.match(field) for field in fields) and names.count(b"host") == 1 and framing <= 1
            and re.fullmatch(rb"0|[1-9][0-9]*", values.get(b"content-length", b"0"))
            and values.get(b"transfer-encoding", b"chunked") == b"chunked")


@pytest.fixture(scope="module")
def site(hosts):
    recorder = Recorder()
    origin = Origin(hosts.servers, SERVERS["one"], RAW_PORT, recorder)
    timeouts = {"client_ms": 2000, "http_request_ms": 1000, "http_keep_alive_ms": 1000}
    front = {"transport": "kernel", "timeouts": timeouts}
    back = {"transport": "kernel", "reuse": "never"}
    made = hosts.poised(
        frontends={"raw": {**front, "binds": [{"port": 80}], "default_backend": "raw"},
                   "node": {**front, "binds": [{"port": 81}], "default_backend": "node"}},
        backends={"raw": {**back, "servers": {"one": {"address": SERVERS["one"], "port": RAW_PORT}}},
                  "node": {**back, "servers": {"one": {"address": SERVERS["one"], "port": NODE_PORT}}}})
    yield recorder
    assert made.stop() == 0
    origin.close()


def test_the_corpus_arrives_in_one_form_or_not_at_all(hosts, site):
    """Each payload of the unit test's corpus, with a body that a wrong length would make a second request of."""
    rows = list(corpus())
    assert len(rows) >= 80
    body = b"5\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n"
    for name, fields, is_refused in rows:
        site.heard.clear()
        with Talk(hosts.client, OURS, 80) as client:
            client.say(b"POST /first HTTP/1.1\r\nHost: a\r\n" + fields.encode("latin-1") + b"\r\n" + body)
            status = client.hear().first.split(" ")[1]
            client.finish().rest()
        arrived = list(site.heard)
        assert all(message is not None and is_plain(head) for head, message in arrived), (name, arrived)
        if is_refused:
            assert (status, arrived) in [(code, []) for code in ("400", "501")], (name, status, arrived)
        elif arrived:  # what is longer than all that comes may wait for ever
            assert arrived[0][1].first == "POST /first HTTP/1.1", name
        else:
            assert "63 bits" in name


# --- beside node's parser ---

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "get", "M-SEARCH", "G\x00T", "POST ")
TARGETS = ("/", "/a/b?c=d", "/%00", "http://a/x", "*", "/a b", "//x", "/\xe9", "/#f", "/;a=b", "a", "http://b/")
VERSIONS = ("HTTP/1.1",) * 6 + ("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/01.1")
FIELDS = ("Content-Length: 5", "Content-Length: 0", "Content-Length: 10", "Content-Length:5", "Content-Length: 5 ",
          "Content-Length: +5", "Content-Length: 5,5", "Content-Length: 0x5", "Content-Length : 5", "content-length: 05",
          "Transfer-Encoding: chunked", "transfer-encoding: Chunked", "Transfer-Encoding: gzip, chunked",
          "Transfer-Encoding : chunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity",
          "Transfer-Encoding:\x0bchunked", "X: y", "X:", "X: \xe9", "X: a\tb", " X: folded", "X\xff: y", ": empty", "X",
          "Connection: close", "Connection: keep-alive", "Connection: content-length", "Connection: transfer-encoding",
          "Host: a", "Host: b", "Expect: 100-continue", "TE: trailers", "Trailer: X", "Upgrade: h2c", "Keep-Alive: 5")
BODIES = (b"", b"hello", b"hello again", b"5\r\nhello\r\n0\r\n\r\n", b"5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n", b"0\r\n\r\n",
          b"5\nhello\n0\n\n", b"05\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
          b"5\r\nhello\r\n0\r\nX : y\r\n\r\n", b"ffffffffffffffff\r\n", b"5\r\nhelloXX0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n")
ENDS = ("\r\n",) * 12 + ("\n", "\r", "\r\r\n", "\n\r")


def generated(choice):
    """A request of odd parts; now and then with a byte of it changed."""
    fields = ["Host: a"] * (choice.random() < 0.93) + choice.sample(FIELDS, choice.choice((0, 1, 1, 1, 2, 2, 3)))
    choice.shuffle(fields)
    end = choice.choice(ENDS)
    lines = [f"{choice.choice(METHODS[:7] * 3 + METHODS)} {choice.choice(TARGETS[:3] * 4 + TARGETS)} {choice.choice(VERSIONS)}"]
    text = "".join(line + (choice.choice(ENDS) if choice.random() < 0.03 else "\r\n") for line in lines + fields) + end
    data = text.encode("latin-1") + choice.choice(BODIES)
    if choice.random() < 0.25:
        at = choice.randrange(len(data))
        other = choice.choice((bytes([choice.randrange(256)]), b"", b"\0", b" ", b"\r\n", b"\n"))
        data = data[:at] + other + data[at + 1:]
    return data


def read_by_node(namespace, address, port, data):
    """What node says of the first request: its facts, or None where there was no answer of node's."""
    with Talk(namespace, address, port, 6.0) as talk:
        try:
            talk.say(data)
            if port == NODE_PORT or b"chunked" in data.lower() or b"length" in data.lower():
                talk.finish()
            while True:
                message = talk.hear("HEAD" if data.startswith(b"HEAD") else "GET")
                if not message.first.startswith("HTTP/1.1 1"):
                    break
        except (Gone, OSError, ValueError, IndexError):
            return None
        if message.get("x-node") is None:
            return None
        return json.loads(message.body) if message.body else {"method": "HEAD"}


def path_of(target):
    """Of an absolute target, what a server is asked."""
    found = re.match(r"(?i)http://[^/?#]*(.*)", target)
    return (found.group(1) if found.group(1).startswith("/") else "/" + found.group(1)) if found else target


def compared(hosts, data):
    """(whether it went on, what is wrong)"""
    through = read_by_node(hosts.client, OURS, 81, data)
    if through is None:
        return False, None
    if through["method"] == "HEAD" or through["nth"] != 1:
        return True, None if through["method"] == "HEAD" else (data, "the connection had another", through)
    directly = read_by_node(hosts.proxy, SERVERS["one"], NODE_PORT, data)
    if directly is None:
        return True, None  # node does not take it as it came; what it took was written anew
    for key in ("method", "length", "hash"):
        if through[key] != directly[key]:
            return True, (data, key, through[key], directly[key])
    if path_of(through["url"]) != path_of(directly["url"]):
        return True, (data, "url", through["url"], directly["url"])
    return True, None


def test_what_goes_on_is_one_request_for_node_and_the_same_as_before(hosts, site):
    """Thousands of generated requests, each straight to node and through the proxy. Seeded: it fails again the same way."""
    log = hosts.servers.start("node", NODE, os.path.join(ROOT, "tests/lab/l7_node.js"), SERVERS["one"], str(NODE_PORT))
    until(lambda: "ready" in log.output(), "node is ready")
    deadline, passed, wrong = time.monotonic() + SECONDS, 0, []

    def some(seed):
        choice, counts = random.Random(seed), [0, 0]
        for _ in range(REQUESTS // 4):
            if time.monotonic() > deadline:
                break
            went, problem = compared(hosts, generated(choice))
            counts[0] += 1
            counts[1] += went
            if problem:
                wrong.append(problem)
        return counts

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(some, range(4)))
    tried, passed = (sum(column) for column in zip(*results))
    assert not wrong, wrong[:5]
    assert tried >= 1000 and passed >= tried // 8, (tried, passed)
    print(f"{tried} requests, {passed} went on")
    log.stop()
