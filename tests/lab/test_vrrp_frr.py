"""VRRP with FRR's vrrpd (8.4) as the peer: version 3, IPv4 and IPv6, and version 2, in both roles."""
import pytest
from frr import Frr
from harness import both, outside, plug
from net import Namespace
from processes import until

VRID, PEER = 51, 3
VIRTUAL = {4: outside(4, 201), 6: "fe80::201"}

# name: (family, ours, FRR's lines)
KINDS = {
    "v3": (4, {"advert_interval_ms": 100}, ["version 3", "advertisement-interval 100"]),
    "v3_ipv6": (6, {"advert_interval_ms": 100}, ["version 3", "advertisement-interval 100"]),
    "v2": (4, {"version": 2, "advert_interval_ms": 1000}, ["version 2", "advertisement-interval 1000"]),
}


class Pair:
    def __init__(self, lab, kind):
        self.family, ours, self.lines = KINDS[kind]
        if "frr" not in lab.namespaces:
            lab.namespaces["frr"] = Namespace("frr", lab.folder)
            plug(lab.namespaces["frr"], "eth0", lab.namespaces["appliance"], "outside", *both(outside, PEER))
        self.frr = Frr(lab.namespaces["frr"])
        self.appliance = lab.appliance(vrrp={"instances": {"VI_1": {
            "interface": "outside", "virtual_router_id": VRID, "addresses": [VIRTUAL[self.family]], **ours}}})

    def start(self, priority):
        self.appliance.config["vrrp"]["instances"]["VI_1"]["priority"] = priority
        self.appliance.write_config()
        self.appliance.start()

    def start_frr(self, priority):
        self.frr.start(VRID, VIRTUAL[self.family], f"priority {priority}", *self.lines)

    def state(self):
        return self.appliance.api.get("/v1/vrrp/VI_1")

    def is_master(self):
        return self.state()["state"] == "master"

    def close(self):
        self.frr.stop()
        self.appliance.stop()
        self.appliance.close()


@pytest.fixture
def pair(lab, request):
    made = Pair(lab, request.param)
    yield made
    made.close()


@pytest.mark.parametrize("pair", KINDS, indirect=True)
def test_frr_and_we_agree_who_is_master_through_death_and_return(pair):
    pair.start(200)
    pair.start_frr(100)
    until(pair.is_master, "we are master", 10)
    until(lambda: pair.frr.state() == "Backup", "FRR is backup", 10)
    pair.appliance.kill()
    until(lambda: pair.frr.state() == "Master", "FRR takes over", 10)
    pair.appliance.start()
    until(pair.is_master, "we preempt", 10)
    until(lambda: pair.frr.state() == "Backup", "FRR gives way", 10)
    counters = pair.state()["counters"]
    assert sum(counters["discarded"].values()) == 0, counters


@pytest.mark.parametrize("pair", ["v3", "v3_ipv6"], indirect=True)
def test_we_take_over_from_frr(pair):
    pair.start_frr(200)
    until(lambda: pair.frr.state() == "Master", "FRR is master", 10)
    pair.start(100)
    until(lambda: pair.state()["counters"]["adverts_received"] > 2, "we hear it", 10)
    assert not pair.is_master()
    pair.frr.kill()
    until(pair.is_master, "it is dead", 10)
    assert pair.state()["reason"] in ("master_not_responding", "master_left")


@pytest.mark.parametrize("pair", ["v3"], indirect=True)
def test_two_masters_that_do_not_understand_each_other_are_reported(pair):
    """FRR 8.4 discards the checksum of RFC 9568."""
    pair.appliance.config["vrrp"]["instances"]["VI_1"]["checksum"] = "rfc9568"
    pair.start(200)
    pair.start_frr(100)
    until(lambda: pair.frr.state() == "Master", "FRR is master, too", 10)
    until(lambda: pair.state()["split_brain"] == "heard", "we say so", 10)
    assert pair.appliance.api.metric("poise_vrrp_split_brains_total") == 1
    assert pair.is_master()
