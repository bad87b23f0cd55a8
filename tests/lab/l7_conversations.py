"""What clients say to poised and to haproxy alike (test_l7_haproxy.py), and the configuration of both."""
import time
from dataclasses import dataclass
from typing import Callable, Optional

from l7_beside import backend, frontend
from l7_client import WebSocket
from l7_hosts import SERVERS, SILENT

PLAIN_PORT, TCP_PORT, COUNTED_PORT = 80, 100, 110


def server(name="one", port=8000, **more):
    return {name: {"address": SERVERS.get(name, SERVERS["one"]), "port": port, **more}}


def silent():
    return {"silent": {"address": SILENT, "port": 80}}


# name: (port, servers, more of the backend)
BACKENDS = {
    "app": (PLAIN_PORT, server("one"), {}),
    "refusing": (81, server("gone", 8999), {}),
    "silent": (82, silent(), {}),
    "none": (83, server("gone", 8999, state="down"), {}),
    "narrow": (84, server("one", connections_max=1), {}),
    "closing": (85, server("one"), {"abort_on_close": True}),
    "closing_silent": (86, silent(), {"abort_on_close": True}),
    "closing_narrow": (87, server("one", connections_max=1), {"abort_on_close": True}),
    "redispatching": (88, {**server("gone", 8999), **server("two")}, {"redispatch": True, "retries": 3}),
    "counted": (COUNTED_PORT, {**server("one"), **server("gone", 8999)}, {"redispatch": True, "retries": 3}),
    "patient": (104, server("one", connections_max=1), {"timeouts": {"connect_ms": 200, "server_ms": 2000,
                                                                     "queue_ms": 2000}}),
    "lasting": (105, server("one"), {"timeouts": {"connect_ms": 200, "server_ms": 3000}}),
    "tcp": (TCP_PORT, server("one", 8002), {"mode": "tcp"}),
    "tcp_refusing": (101, server("gone", 8999), {"mode": "tcp"}),
    "tcp_silent": (102, silent(), {"mode": "tcp"}),
    "tcp_narrow": (103, server("one", 8002, connections_max=1), {"mode": "tcp"}),
}


def configuration():
    frontends, backends = {}, {}
    for name, (port, servers, more) in BACKENDS.items():
        backends[name] = backend(servers, **more)
        frontends[f"on_{name}"] = frontend(port, name, mode=more.get("mode", "http"))
    frontends["on_app"]["stats"] = {"uri": "/haproxy?stats"}
    frontends["on_app"]["log"] |= {"request_headers": [{"header": "user-agent", "length_max": 20}],
                                   "response_headers": [{"header": "x-hash", "length_max": 8}]}
    frontends["on_nowhere"] = frontend(89, None)
    del frontends["on_nowhere"]["default_backend"]
    return {"frontends": frontends, "backends": backends}


@dataclass
class Conversation:
    """`play` says what a client says and returns what it heard; `lines` of the log are to come."""
    name: str
    play: Callable
    port: int = PLAIN_PORT
    lines: int = 1
    receive_buffer: Optional[int] = None
    hears_all: bool = False  # what `play` returns is all that the client heard


CONVERSATIONS = []


def conversation(name, port=PLAIN_PORT, lines=1, receive_buffer=None):
    def add(play):
        CONVERSATIONS.append(Conversation(name, play, port, lines, receive_buffer))
        return play
    return add


def says(name, text, port=PLAIN_PORT, lines=1):
    """The client says this and hears all that comes."""
    CONVERSATIONS.append(Conversation(name, lambda talk: talk.say(text).rest(), port, lines, hears_all=True))


def request(target, *lines, method="GET"):
    return f"{method} {target} HTTP/1.1\r\n" + "".join(f"{line}\r\n" for line in ("Host: lab", *lines)) + "\r\n"


CLOSE = "Connection: close"
STAYS = "Connection: keep-alive"

# --- what goes well ---
says("a request", request("/bytes/100", CLOSE, "User-Agent: one that is longer than that"))
says("kept alive until its time is over", request("/bytes/10"))
says("three at once", request("/bytes/1") + request("/bytes/2") + request("/bytes/3", CLOSE), lines=3)
says("a head only", request("/bytes/10", CLOSE, method="HEAD"))
says("HTTP/1.0", "GET /bytes/10 HTTP/1.0\r\n\r\n")
says("HTTP/1.0 kept alive", "GET /bytes/10 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
says("chunks to HTTP/1.1", request("/chunked/30", CLOSE))
says("chunks to HTTP/1.0", "GET /chunked/30 HTTP/1.0\r\n\r\n")
says("until the server closes", request("/until_close/30"))
says("a body with a length", request("/echo", CLOSE, "Content-Length: 5", method="POST") + "hello")
says("a body in chunks", request("/echo", CLOSE, "Transfer-Encoding: chunked", method="POST") + "5\r\nhello\r\n0\r\n\r\n")
says("expects", request("/echo", CLOSE, "Content-Length: 5", "Expect: 100-continue", method="POST") + "hello")
says("early hints", request("/hints", CLOSE))
says("204", request("/status/204", CLOSE))
says("304", request("/status/304", CLOSE))
says("404", request("/status/404", CLOSE))
says("500", request("/status/500", CLOSE))
says("an absolute target", request("http://lab/bytes/7", CLOSE))
says("OPTIONS *", request("*", CLOSE, method="OPTIONS"))
says("an odd method", request("/echo", CLOSE, method="BREW-IT"))
says("empty lines first", "\r\n" + request("/bytes/5", CLOSE))
says("odd characters in the target", request("/echo?a=\"#{}|<>^`", CLOSE))
says("odd characters in a captured header", request("/bytes/1", CLOSE, "User-Agent: a|b{c}\"#\xe9\td"))
says("many fields", request("/echo", CLOSE, "X-A: 1", "x-a: 2", "X-B:   3  ", "X-Empty:", "Accept-Encoding: gzip"))
says("fields of one hop", request("/echo", "Connection: close, x-hop", "X-Hop: 1", "Keep-Alive: 3", "TE: trailers"))


@conversation("a websocket")
def _(talk):
    socket = WebSocket(talk)
    socket.send(b"hello")
    heard = b"%d %s" % socket.hear()
    socket.send(b"\x03\xe8", 8)
    return re_keyed(socket.answer.head) + heard + talk.rest()


def re_keyed(head):
    """Without the key, which is another each time."""
    return b"\r\n".join(line for line in head.split(b"\r\n") if b"accept" not in line.lower())


# --- errors of clients ---
says("no request", "nonsense\r\n\r\n")
says("no version", "GET /\r\n\r\n")
says("no host", "GET / HTTP/1.1\r\n\r\n")
says("two hosts", request("/", "Host: other"))
says("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
says("a version beyond", "GET / HTTP/3.0\r\nHost: a\r\n\r\n")
says("a NUL in a field", request("/", "X: a\0b"))
says("DEL in a field", request("/bytes/1", CLOSE, "X: a\x7f"))
says("a space before the colon", request("/", "X : a"))
says("a folded field", request("/", "X: a", " b"))
says("two lengths", request("/", "Content-Length: 5", "Content-Length: 6", method="POST") + "hello!")
says("length and chunks", request("/echo", "Content-Length: 5", "Transfer-Encoding: chunked", method="POST") + "0\r\n\r\n")
says("another coding", request("/", "Transfer-Encoding: gzip, chunked", method="POST") + "0\r\n\r\n")
says("a bad chunk", request("/echo", "Transfer-Encoding: chunked", method="POST") + "xyz\r\nhello\r\n")
says("a head beyond all limits", request("/", "X: " + "x" * 40_000))
says("a head that never ends", "GET / HTTP/1.1\r\nHost: a\r\n")
says("nothing", "")


@conversation("the client leaves in the head", lines=1)
def _(talk):
    talk.say("GET / HTTP/1.1\r\nHo").finish()
    return talk.rest()


@conversation("the client resets in the head")
def _(talk):
    talk.say("GET / HTTP/1.1\r\nHo")
    time.sleep(0.1)
    talk.reset()


@conversation("the client leaves and has said nothing")
def _(talk):
    return talk.finish().rest()


@conversation("the client's body stalls")
def _(talk):
    talk.say(request("/echo", "Content-Length: 10", method="POST") + "abc")
    return talk.rest()


@conversation("the client's body stalls, and the server has more time", 105)
def _(talk):
    talk.say(request("/echo", "Content-Length: 10", method="POST") + "abc")
    return talk.rest()


@conversation("the client leaves in its body")
def _(talk):
    talk.say(request("/echo", "Content-Length: 10", method="POST") + "abc")
    time.sleep(0.1)
    talk.reset()


@conversation("the client ends in its body")
def _(talk):
    talk.say(request("/echo", "Content-Length: 10", method="POST") + "abc")
    time.sleep(0.1)
    return talk.finish().rest()


@conversation("the client leaves while it is served")
def _(talk):
    talk.say(request("/bytes/30000000"))
    talk.reader.exactly(100_000)
    talk.reset()


@conversation("the client does not read", receive_buffer=4096)
def _(talk):
    talk.say(request("/bytes/30000000"))
    time.sleep(2.2)


@conversation("the client leaves while the server thinks")
def _(talk):
    talk.say(request("/sleep/300"))
    time.sleep(0.1)
    talk.reset()


# --- errors of servers ---
says("the server ends without a word", request("/close", CLOSE, method="POST"))
says("the server ends without a word, to a GET", request("/close", CLOSE))
says("the server resets", request("/reset", CLOSE, method="POST"))
says("the server is silent", request("/sleep/2000", CLOSE))
says("the server ends in the body", request("/half/close", CLOSE))
says("the server resets in the body", request("/half/reset", CLOSE))
says("the server's body stalls", request("/half/stall", CLOSE))
says("the server says nonsense", request("/bad/head", CLOSE))
says("the server's length is none", request("/bad/length", CLOSE))
says("the server ends in the head", request("/bad/half", CLOSE))
says("the server's head is too large", request("/bad/large", CLOSE))
says("the server's chunk is none", request("/bad/chunk", CLOSE))
says("the server refuses early", request("/early", "Content-Length: 3000", method="POST") + "abc")
says("the server refuses the connection", request("/", CLOSE), 81)
says("the server does not take the connection", request("/", CLOSE), 82)
says("no server is there", request("/", CLOSE), 83)
says("no backend", request("/", CLOSE), 89)
says("redispatched", request("/bytes/3", CLOSE), 88)


# --- queues and abort_on_close ---
def behind_another(talk, then):
    """The server has something else to do for a while; `then` is said meanwhile."""
    from l7_client import Talk
    address, port = talk.socket.getpeername()
    with Talk(talk.namespace, address, port) as first:
        first.say(request("/sleep/500", CLOSE))
        time.sleep(0.1)
        heard = then(talk)
        first.rest()
    return heard


@conversation("the queue takes too long", 84)
def _(talk):
    return behind_another(talk, lambda talk: talk.say(request("/", CLOSE)).rest())


@conversation("served after a wait in the queue", 104)
def _(talk):
    return behind_another(talk, lambda talk: talk.say(request("/bytes/3", CLOSE)).rest())


@conversation("the client leaves the queue", 87)
def _(talk):
    def leave(talk):
        talk.say(request("/", CLOSE))
        time.sleep(0.05)
        return talk.finish().rest()
    return behind_another(talk, leave)


@conversation("the client leaves while a server is connected to", 86)
def _(talk):
    talk.say(request("/", CLOSE))
    time.sleep(0.05)
    return talk.finish().rest()


@conversation("the client leaves while the server thinks, and that ends it", 85)
def _(talk):
    talk.say(request("/sleep/400", CLOSE))
    time.sleep(0.1)
    return talk.finish().rest()


@conversation("statistics", lines=1)
def _(talk):
    talk.say(request("/haproxy?stats;csv", CLOSE))
    return talk.hear().first.encode()


# --- mode tcp ---
@conversation("tcp", TCP_PORT)
def _(talk):
    talk.say("one\n")
    heard = talk.reader.until(b"\n")
    return heard + talk.finish().rest()


@conversation("tcp ended by the server", TCP_PORT)
def _(talk):
    return talk.say("close\n").rest()


@conversation("tcp reset by the server", TCP_PORT)
def _(talk):
    talk.say("one\n").reader.until(b"\n")
    talk.say("reset\n")
    try:
        return talk.socket.recv(10)
    except ConnectionError:
        return b"reset"


@conversation("tcp reset by the client", TCP_PORT)
def _(talk):
    talk.say("one\n").reader.until(b"\n")
    time.sleep(0.05)
    talk.reset()


@conversation("tcp, nobody says anything", TCP_PORT)
def _(talk):
    return talk.rest()


says("tcp, the server is silent", "stall\n", TCP_PORT)
says("tcp refused", "one\n", 101)
says("tcp, the connection is not taken", "one\n", 102)


@conversation("tcp, the queue takes too long", 103)
def _(talk):
    from l7_client import Talk
    address, port = talk.socket.getpeername()
    with Talk(talk.namespace, address, port) as first:
        first.say("one\n").reader.until(b"\n")
        began = time.monotonic()
        heard = talk.rest()
        assert time.monotonic() - began < 5
    return heard


@conversation("tcp, the client leaves while it is connected", 102)
def _(talk):
    time.sleep(0.05)
    talk.reset()


# What the statistics are compared after: of frontend and backend "counted" nothing else is said.
COUNTED = [request("/bytes/100", CLOSE), request("/bytes/1") + request("/bytes/2", CLOSE),
           request("/status/404", CLOSE), request("/status/302", CLOSE), request("/status/500", CLOSE), request("/bytes/5", CLOSE, method="HEAD"),
           request("/echo", CLOSE, "Content-Length: 5", method="POST") + "hello", "nonsense\r\n\r\n",
           request("/close", CLOSE, method="POST"), request("/sleep/1500", CLOSE), request("/half/close", CLOSE),
           request("/half/reset", CLOSE), request("/bad/head", CLOSE), "GET / HTTP/1.1\r\n"]
