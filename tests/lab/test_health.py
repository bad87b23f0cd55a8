"""Health checks against real servers: who stops answering gets no more clients, and who comes back gets them again."""
import os
import signal
import sys

import pytest
from client import Echo
from harness import FAR, SERVERS, far, inside, outside, pool
from processes import run, until

FAMILIES = (4, 6)
QUICK = {"interval_ms": 100, "rise": 1, "fall": 2}
DATAGRAM = {"kind": "udp", "port": 7, **QUICK,
            "exchange": {"payload": "how are you", "expected": "^(one|two|three|far) how", "reply_required": True}}
PING = {"kind": "icmp", **QUICK}


def virtual(family):
    return outside(family, 100)


def configuration(checks, family=4, **service):
    servers = pool(family)
    servers["servers"]["far"] = {"address": far(family, FAR)}
    usual = {"address": virtual(family), "protocol": "tcp", "pool": "web", "mode": "fullnat", "scheduler": "rr"}
    service = usual | service
    routes = [{"prefix": f"{far(4, 0)}/24", "via": [{"gateway": inside(4, 253)}]},
              {"prefix": "fd03::/64", "via": [{"gateway": inside(6, 253)}]}]
    return {"pools": {"web": servers | {"checks": checks}}, "routes": routes,
            "services": {"web": service | {"ports": 80}, "echo": service | {"ports": 7}}}


class Checked:
    def __init__(self, lab):
        self.lab = lab
        self.appliance = None

    def start(self, checks, family=4, **service):
        self.family = family
        self.appliance = self.lab.appliance(**configuration(checks, family, **service)).start()
        return self

    def servers(self):
        return {row["name"]: row for row in self.appliance.api.get("/v1/pools/web")["servers"]}

    def up(self):
        return {name for name, row in self.servers().items() if row["status"] == "up"}

    def wait(self, *names):
        until(lambda: self.up() == set(names), f"{names} are up: {self.servers()}")

    def answering(self, count=24):
        """Who answered so many requests, none of which failed."""
        return set(self.lab.client.spread(virtual(self.family), count))

    def close(self):
        if self.appliance:
            assert self.appliance.stop() == 0
            self.appliance.close()


@pytest.fixture
def checked(lab):
    made = Checked(lab)
    yield made
    made.close()


def deaf(lab, role, is_deaf=True):
    """Whether the server leaves pings unanswered; everything else goes on."""
    for key in ("net/ipv4/icmp_echo_ignore_all", "net/ipv6/icmp/echo_ignore_all"):
        lab.namespaces[role].sysctl(key, int(is_deaf))


@pytest.fixture
def hearing(lab):
    yield
    for role in (*SERVERS, "far"):
        deaf(lab, role, False)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_whose_program_dies_gets_no_clients_until_it_is_back(lab, checked, family):
    checked.start({"echo": DATAGRAM}, family)
    checked.wait("one", "two", "three", "far")
    assert checked.answering() == {"one", "two", "three", "far"}
    lab.namespaces["three"].server.kill()
    checked.wait("one", "two", "far")
    assert checked.servers()["three"]["checks"][0]["reason"] == "nobody listens on the port"
    assert checked.answering() == {"one", "two", "far"}
    lab.serve("three", inside(4, SERVERS["three"]), inside(6, SERVERS["three"]), *lab.HELD)
    checked.wait("one", "two", "three", "far")
    assert "three" in checked.answering()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_is_checked_over_tcp_and_http(lab, checked, family):
    page = {"kind": "http", "port": 80, **QUICK, "http": {"path": "/"}}
    checked.start({"open": {"kind": "tcp", "port": 80, **QUICK}, "page": page}, family)
    checked.wait("one", "two", "three", "far")
    assert checked.answering() == {"one", "two", "three", "far"}
    lab.namespaces["three"].server.kill()
    checked.wait("one", "two", "far")
    assert {row["reason"] for row in checked.servers()["three"]["checks"]} == {"the connection was refused"}
    lab.serve("three", inside(4, SERVERS["three"]), inside(6, SERVERS["three"]), *lab.HELD)
    checked.wait("one", "two", "three", "far")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_is_checked_over_https_and_smtp(lab, checked, family):
    """One speaks both, two neither, three only mail."""
    key, certificate = (os.path.join(lab.folder, name) for name in ("web.key", "web.pem"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj", "/CN=web.example", "-keyout", key, "-out", certificate)
    greeter = os.path.join(os.path.dirname(__file__), "greeter.py")
    one, three = lab.namespaces["one"], lab.namespaces["three"]
    helpers = [one.start("tls", "openssl", "s_server", "-accept", "443", "-www", "-cert", certificate, "-key", key),
               one.start("mail", sys.executable, "-B", greeter, "25"),
               three.start("mail", sys.executable, "-B", greeter, "25")]
    tls = {"sni": "web.example", "verify_certificate": True, "ca_file": certificate}
    page = {"kind": "https", "port": 443, **QUICK, "interval_ms": 500, "http": {"path": "/"}, "tls": tls}
    try:
        checked.start({"mail": {"kind": "smtp", "port": 25, **QUICK}, "page": page}, family)
        checked.wait("one")
        until(lambda: {row["name"]: row["state"] for row in checked.servers()["three"]["checks"]}
              == {"mail": "up", "page": "down"}, "three greets and shows no page")
        assert {row["reason"] for row in checked.servers()["two"]["checks"]} == {"the connection was refused"}
    finally:
        for helper in helpers:
            helper.kill()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_is_checked_over_dns(lab, checked, family):
    """One knows the name, two knows another address of it, three another name, and far speaks no DNS."""
    names = os.path.join(os.path.dirname(__file__), "names.py")
    known = {"one": ("web.example", "192.0.2.7"), "two": ("web.example", "192.0.2.8"),
             "three": ("x.example", "192.0.2.7")}
    helpers = [lab.namespaces[where].start("names", sys.executable, "-B", names, *what)
               for where, what in known.items()]
    query = {"name": "web.example", "type": "A", "expected": ["192.0.2.7"]}
    try:
        checked.start({"names": {"kind": "dns", **QUICK, "dns": query}}, family)
        checked.wait("one")
        until(lambda: all(row["checks"][0]["failed"] for name, row in checked.servers().items() if name != "one"),
              "the others have been asked")
    finally:
        for helper in helpers:
            helper.kill()


def test_a_server_that_does_not_speak_tls_fails_its_check_of_https(checked):
    checked.start({"secure": {"kind": "https", "port": 80, **QUICK, "http": {"path": "/"}}})
    until(lambda: checked.servers()["one"]["checks"][0]["failed"] > 1, "the check fails")
    assert checked.up() == set()
    assert checked.servers()["one"]["checks"][0]["reason"] != ""


def test_a_server_that_hangs_is_noticed_by_its_silence(lab, checked):
    checked.start({"echo": DATAGRAM})
    checked.wait("one", "two", "three", "far")
    process = lab.namespaces["two"].server
    process.signal(signal.SIGSTOP)
    try:
        checked.wait("one", "three", "far")
        assert checked.servers()["two"]["checks"][0]["reason"] == "no answer in 100 ms"
        assert checked.answering() == {"one", "three", "far"}
    finally:
        process.signal(signal.SIGCONT)
    checked.wait("one", "two", "three", "far")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("policy", ("keep", "reset", "reschedule"))
def test_flows_of_a_failed_server_do_what_the_service_says(lab, checked, hearing, family, policy):
    checked.start({"ping": PING}, family, failed_server=policy)
    checked.wait("one", "two", "three", "far")
    echoes = {}
    while set(echoes) != {"one", "two", "three", "far"}:
        echo = Echo(lab.client, virtual(family))
        echoes.setdefault(echo.ask(), echo)
    deaf(lab, "two")
    checked.wait("one", "three", "far")
    if policy == "keep":
        assert echoes["two"].ask() == "two"
    else:
        with pytest.raises(OSError):
            echoes["two"].ask()
    for name in ("one", "three", "far"):
        assert echoes[name].ask() == name
    for echo in echoes.values():
        echo.close()


def test_a_program_decides_and_a_commit_changes_nothing(lab, checked):
    folder = os.path.join(lab.folder, "checked")
    os.makedirs(folder)
    command = ["/bin/sh", "-c", f'test ! -e "{folder}/$POISE_ADDRESS"']
    check = {"kind": "exec", **QUICK, "exec": {"command": command, "user": "root"}}
    checked.start({"program": check})
    checked.wait("one", "two", "three", "far")
    with open(os.path.join(folder, inside(4, SERVERS["one"])), "w", encoding="ascii"):
        pass
    checked.wait("two", "three", "far")
    assert checked.servers()["one"]["checks"][0]["reason"] == "exit code 1"
    checked.appliance.api.patch("/v1/config", {"pools": {"web": {"checks": {"program": {"fall": 3}}}}})
    assert checked.up() == {"two", "three", "far"}
    assert checked.answering() == {"two", "three", "far"}


def test_without_a_quorum_the_sorry_server_answers(lab, checked, hearing):
    checked.start({"ping": PING})
    checked.wait("one", "two", "three", "far")
    checked.appliance.api.patch("/v1/config", {"pools": {"web": {
        "quorum": 2, "sorry_server": "far", "servers": {"far": {"checks": {}}}}}})
    assert checked.answering() == {"one", "two", "three"}
    deaf(lab, "one")
    deaf(lab, "two")
    until(lambda: not checked.appliance.api.get("/v1/pools/web")["up"], "the pool is given up")
    assert checked.answering() == {"far"}
    assert checked.appliance.api.metric("poise_pool_up") == 0
    deaf(lab, "two", False)
    until(lambda: checked.appliance.api.get("/v1/pools/web")["up"], "the pool is back")
    assert checked.answering() == {"two", "three"}
