"""Listening sockets that poised is started with: handed over by a parent process, as systemd and test tools do."""
import contextlib
import fcntl
import os
import socket
import threading

import pytest
from appliance import Refused
from l7_client import once
from l7_hosts import OURS, OURS_V6, SERVERS
from l7_origin import Gone, Origin
from processes import until

BOTH = 8080  # the port of the socket for both families
NUMBERS = (3000, 3001)  # of the descriptors, the same at each start


def frontend(*binds):
    return {"transport": "kernel", "binds": list(binds), "default_backend": "web"}


@contextlib.contextmanager
def parents_sockets(namespace):
    """One on an address of its own, and one on every address of both families; yields the port of the first."""
    one = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    both = namespace.socket(socket.AF_INET6, socket.SOCK_STREAM)
    with one, both:
        for each in (one, both):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        one.bind((OURS, 0))
        both.bind(("::", BOTH))
        one.listen(64)
        both.listen(64)
        moved = [fcntl.fcntl(each, fcntl.F_DUPFD, number) for each, number in zip((one, both), NUMBERS, strict=True)]
        try:
            assert tuple(moved) == NUMBERS
            yield one.getsockname()[1]
        finally:
            for number in moved:
                os.close(number)


@pytest.fixture(scope="module")
def site(hosts):
    """poised with both sockets, which nobody else has any more, and a frontend with a port of its own."""
    origin = hosts.later(Origin(hosts.servers, SERVERS["one"], 8000))
    with parents_sockets(hosts.proxy) as port:
        made = hosts.poised(
            pass_fds=NUMBERS,
            frontends={"one": frontend({"fd": NUMBERS[0]}), "both": frontend({"fd": NUMBERS[1]}),
                       "own": frontend({"port": 81})},
            backends={"web": {"transport": "kernel", "servers": {"one": {"address": SERVERS["one"], "port": 8000}}}})
    made.name, made.port = origin.name.encode(), port
    yield made
    assert made.process.running(), "poised died"
    assert made.stop() == 0
    origin.close()


def get(hosts, port, address=OURS, seconds=10.0):
    return once(hosts.client, address, "/", port=port, seconds=seconds).body


def is_silent(hosts, port):
    """The connection opens, because the socket listens, and nothing comes."""
    try:
        get(hosts, port, seconds=0.3)
    except TimeoutError:
        return True
    except (OSError, Gone):
        pass
    return False


def test_clients_are_served_through_them_and_views_show_where_that_is(hosts, site):
    """Also IPv4 clients of the socket for both families."""
    assert get(hosts, site.port) == get(hosts, BOTH) == get(hosts, BOTH, OURS_V6) == get(hosts, 81) == site.name
    binds = site.api.get("/v1/frontends/one")["binds"]
    assert binds == [{"fd": NUMBERS[0], "address": OURS, "port": site.port}]
    shown = site.cli("frontend")
    assert f"{OURS}:{site.port}" in shown and f"[::]:{BOTH}" in shown


def test_a_frontend_that_is_removed_and_comes_back_listens_again(hosts, site):
    """A client that came meanwhile has waited in the socket's queue."""
    before = site.api.get("/v1/config/frontends/one")
    for _ in range(3):
        site.api.delete("/v1/config/frontends/one")
        until(lambda: is_silent(hosts, site.port), "nobody accepts")
        heard = []
        waiting = threading.Thread(target=lambda: heard.append(get(hosts, site.port)))
        waiting.start()
        assert is_silent(hosts, site.port) and not heard
        site.api.put("/v1/config/frontends/one", before)
        waiting.join()
        assert heard == [site.name]


@pytest.mark.parametrize("number", [0, 2, 6, 7, 9999])
def test_other_descriptors_of_the_process_can_t_be_named(site, number):
    """Whatever they are: a number that is none of the sockets is refused with what to do."""
    with pytest.raises(Refused) as refused:
        site.api.put("/v1/config/frontends/more", frontend({"fd": number}))
    text = str(refused.value)
    assert refused.value.status == 422 and "frontends.more.binds[0].fd" in text
    assert f"poised was not started with a listening TCP socket {number}" in text and ".socket unit" in text


def test_their_ports_and_numbers_are_nobody_elses(site):
    for bind, problem in (({"fd": NUMBERS[0]}, f"socket {NUMBERS[0]} is taken by frontends.one.binds[0]"),
                          ({"port": BOTH}, f"is taken by socket {NUMBERS[1]}"),
                          ({"address": OURS, "port": site.port}, f"is taken by socket {NUMBERS[0]}")):
        with pytest.raises(Refused) as refused:
            site.api.put("/v1/config/frontends/other", frontend(bind))
        assert problem in str(refused.value)


def test_a_start_without_them_serves_the_rest_and_says_so(hosts, site):
    """And the next one with them serves all."""
    assert site.stop() == 0
    site.start()
    assert get(hosts, 81) == site.name
    assert f"poised was not started with a listening TCP socket {NUMBERS[0]}" in site.process.output()
    with pytest.raises(ConnectionRefusedError):
        get(hosts, site.port)
    assert [row["name"] for row in site.api.get("/v1/frontends")] == ["own"]
    assert site.stop() == 0
    with parents_sockets(hosts.proxy) as port:
        site.start(pass_fds=NUMBERS)
    until(lambda: get(hosts, BOTH) == site.name, "the frontends listen")
    assert get(hosts, port) == get(hosts, 81) == site.name
