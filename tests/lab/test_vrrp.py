"""VRRP with keepalived as the peer: election, take-over and hand-back in each version, by multicast and unicast."""
import pytest
from harness import both, outside, plug
from keepalived import Keepalived
from net import Namespace
from processes import until

VIRTUAL = {4: outside(4, 200), 6: "fe80::200"}
PEER = 2

# name: (family, ours, keepalived's lines)
KINDS = {
    "v2_ah": (4, {"version": 2, "advert_interval_ms": 1000, "authentication": "ah", "password": "1111"},
              ["version 2", "advert_int 1", "authentication {", "auth_type AH", "auth_pass 1111", "}"]),
    "v2_password": (4, {"version": 2, "advert_interval_ms": 1000, "authentication": "password", "password": "1111"},
                    ["version 2", "advert_int 1", "authentication {", "auth_type PASS", "auth_pass 1111", "}"]),
    "v3": (4, {"advert_interval_ms": 100}, ["version 3", "advert_int 0.1"]),
    "v3_ipv6": (6, {"advert_interval_ms": 100}, ["version 3", "advert_int 0.1"]),
    "v3_unicast": (4, {"advert_interval_ms": 100, "unicast_peers": [outside(4, PEER)]},
                   ["version 3", "advert_int 0.1", f"unicast_src_ip {outside(4, PEER)}",
                    "unicast_peer {", outside(4, 1), "}"]),
}


@pytest.fixture(scope="module")
def peer(lab):
    if "peer" not in lab.namespaces:
        lab.namespaces["peer"] = Namespace("peer", lab.folder)
        plug(lab.namespaces["peer"], "eth0", lab.namespaces["appliance"], "outside", *both(outside, PEER))
    return lab.namespaces["peer"]


class Pair:
    """Our appliance and a keepalived on one segment, sharing one address."""

    def __init__(self, lab, peer, kind):
        self.family, ours, self.lines = KINDS[kind]
        self.lab, self.peer, self.virtual = lab, peer, VIRTUAL[self.family]
        instance = {"interface": "outside", "virtual_router_id": 51, "addresses": [self.virtual], **ours}
        self.appliance = lab.appliance(vrrp={"instances": {"VI_1": instance}})
        self.keepalived = None

    def start(self, priority):
        self.appliance.config["vrrp"]["instances"]["VI_1"]["priority"] = priority
        self.appliance.write_config()
        self.appliance.start()
        return self

    def start_keepalived(self, priority):
        lines = ["state BACKUP", "interface eth0", "virtual_router_id 51", f"priority {priority}", *self.lines,
                 "virtual_ipaddress {", self.virtual, "}"]
        self.keepalived = Keepalived(self.peer).start(("VI_1", lines))

    def state(self):
        return self.appliance.api.get("/v1/vrrp/VI_1")

    def is_master(self):
        return self.state()["state"] == "master"

    def keepalived_holds(self):
        return f" {self.virtual}/" in self.peer.ip("address show dev eth0")

    def answers(self):
        """The MAC address that answers pings to the virtual address, as the client sees it; None: nobody does."""
        client = self.lab.namespaces["client"]
        client.ip("neigh flush dev eth0") if self.family == 4 else client.ip("-6 neigh flush dev eth0")
        target = self.virtual if self.family == 4 else f"{self.virtual}%eth0"
        try:
            client.execute("ping", "-c", "1", "-W", "1", "-n", target)
        except RuntimeError:
            return None
        family = "-6 " if self.family == 6 else ""
        found = client.ip(f"{family}neigh show {self.virtual} dev eth0").split()
        return found[found.index("lladdr") + 1]

    def close(self):
        if self.keepalived:
            self.keepalived.stop()
        self.appliance.stop()
        self.appliance.close()


@pytest.fixture
def pair(lab, peer, request):
    made = Pair(lab, peer, request.param)
    yield made
    made.close()


def virtual_mac(pair):
    return f"00:00:5e:00:0{1 if pair.family == 4 else 2}:33"


@pytest.mark.parametrize("pair", KINDS, indirect=True)
def test_the_higher_priority_is_master_and_the_other_takes_over_when_it_is_killed(pair):
    pair.start(200)
    pair.start_keepalived(100)
    until(pair.is_master, "we are master", 8)
    assert pair.answers() == virtual_mac(pair)
    until(lambda: "Entering BACKUP STATE" in pair.keepalived.process.output(), "keepalived is backup", 8)
    assert not pair.keepalived_holds()
    pair.appliance.kill()
    until(pair.keepalived_holds, "keepalived takes over", 8)
    until(lambda: pair.answers() not in (None, virtual_mac(pair)), "and answers", 8)
    pair.appliance.start()
    until(pair.is_master, "we preempt", 8)
    until(lambda: not pair.keepalived_holds(), "keepalived gives way", 8)
    assert pair.answers() == virtual_mac(pair)
    packets = pair.appliance.api.get("/v1/vrrp/VI_1/packets")
    assert {("received", "advert", "accepted"), ("sent", "advert", "sent")} <= {
        (row["direction"], row["kind"], row["verdict"]) for row in packets}, packets
    counters = pair.state()["counters"]
    assert sum(counters["discarded"].values()) == 0, counters


@pytest.mark.parametrize("pair", KINDS, indirect=True)
def test_the_lower_priority_is_backup_and_takes_over_when_keepalived_is_killed_or_leaves(pair):
    pair.start_keepalived(200)
    until(pair.keepalived_holds, "keepalived is master", 8)
    pair.start(100)
    until(lambda: pair.state()["counters"]["adverts_received"] > 2, "we hear it", 8)
    assert not pair.is_master()
    pair.keepalived.stop()
    until(pair.is_master, "it left", 8)
    assert pair.state()["reason"] == "master_left"
    assert pair.answers() == virtual_mac(pair)
    pair.start_keepalived(200)
    until(lambda: not pair.is_master(), "it preempts", 8)
    until(lambda: pair.answers() not in (None, virtual_mac(pair)), "and answers", 8)
    pair.keepalived.kill()
    until(pair.is_master, "it is dead", 8)
    assert pair.state()["reason"] == "master_not_responding"
    pair.peer.ip(f"{'-6 ' if pair.family == 6 else ''}address flush to {pair.virtual} dev eth0")
    assert pair.answers() == virtual_mac(pair)


@pytest.mark.parametrize("pair", ["v2_password", "v3", "v3_ipv6"], indirect=True)
def test_a_switch_over_hands_the_address_to_keepalived(pair):
    pair.start(200)
    pair.start_keepalived(100)
    until(pair.is_master, "we are master", 8)
    until(lambda: "Entering BACKUP STATE" in pair.keepalived.process.output(), "keepalived is backup", 8)
    pair.appliance.api.post("/v1/vrrp/VI_1/switch_over")
    until(pair.keepalived_holds, "keepalived takes over", 8)
    until(lambda: pair.state()["state"] == "backup", "we are backup", 8)
    assert pair.state()["reason"] == "switched_over"
