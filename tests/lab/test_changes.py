"""Changes under traffic: what a change does not touch does not notice it, and what it touches is treated as promised."""
import collections
import json
import random

import pytest
from appliance import Refused
from client import Echo, Traffic
from harness import SERVERS, inside, outside, pool
from processes import until

VIRTUAL = outside(4, 100)
MODES = ("nat", "fullnat")


def echo_service(mode="nat", **more):
    return {"address": VIRTUAL, "protocol": "tcp", "ports": 7, "pool": "web", "mode": mode, "scheduler": "rr", **more}


def configuration(mode="nat"):
    return {"pools": {"web": pool(4), "other": pool(4)},
            "services": {"echo": echo_service(mode), "web": echo_service(mode) | {"ports": 80},
                         "other": echo_service(mode) | {"address": outside(4, 101), "pool": "other"}}}


@pytest.fixture(scope="module", params=MODES)
def running(lab, request):
    made = lab.appliance(**configuration(request.param)).start()
    made.mode = request.param
    yield made
    assert made.stop() == 0
    made.close()


@pytest.fixture
def appliance(running):
    """The module's appliance, back at its first configuration."""
    for part, value in configuration(running.mode).items():
        running.api.put(f"/v1/config/{part}", value)
    yield running
    assert running.process.running(), "poised died"


def without(*names):
    """A merge patch that takes servers out of the pool."""
    return {"pools": {"web": {"servers": {name: None for name in names}}}}


def server_rows(appliance, name="web"):
    return {row["name"]: row for row in appliance.api.get(f"/v1/pools/{name}")["servers"]}


def test_changes_of_other_things_do_not_touch_a_flow(lab, appliance):
    """Services, pools, servers and routes come, change and go; connections of an unchanged service all live on."""
    with Traffic(lab.client, VIRTUAL) as traffic:
        for number in range(10):
            appliance.api.put("/v1/config/pools/more", pool(4))
            more = echo_service(appliance.mode) | {"address": outside(4, 102), "pool": "more"}
            appliance.api.put("/v1/config/services/more", more)
            echo = Echo(lab.client, outside(4, 102))
            assert echo.ask() in SERVERS
            echo.close()
            scheduler = ("maglev", "wlc", "sh")[number % 3]
            appliance.api.patch("/v1/config", {"services": {"more": {"scheduler": scheduler}}})
            appliance.api.patch("/v1/config", {"pools": {"more": {"servers": {"one": None}}}})
            route = {"prefix": "10.77.0.0/16", "via": [{"gateway": inside(4, 254)}]}
            appliance.api.put("/v1/config/routes", [route])
            appliance.api.put("/v1/config/routes", [])
            appliance.api.delete("/v1/config/services/more")
            appliance.api.delete("/v1/config/pools/more")
            traffic.more(20)


def test_a_new_server_takes_its_share_and_old_flows_stay(lab, appliance):
    """A pool of two becomes one of three."""
    appliance.api.patch("/v1/config", without("three"))
    with Traffic(lab.client, VIRTUAL) as traffic:
        assert "three" not in lab.client.spread(VIRTUAL, 12)
        appliance.api.put("/v1/config/pools/web", pool(4))
        assert "three" in lab.client.spread(VIRTUAL, 12)
        traffic.more()


def test_flows_of_a_removed_server_live_on_by_default(lab, appliance):
    """`keep`: nothing new goes there, what is there ends in peace."""
    with Traffic(lab.client, VIRTUAL) as traffic:
        assert "two" in traffic.homes
        appliance.api.delete("/v1/config/pools/web/servers/two")
        assert set(lab.client.spread(VIRTUAL, 12)) == {"one", "three"}
        traffic.more()


def test_flows_of_a_removed_server_are_reset_when_the_service_says_so(lab, appliance):
    """`reset`: the client learns at once; flows at other servers go on."""
    appliance.api.patch("/v1/config", {"services": {"echo": {"removed_server": "reset"}}})
    echoes = [Echo(lab.client, VIRTUAL) for _ in range(12)]
    homes = [echo.ask() for echo in echoes]
    appliance.api.delete("/v1/config/pools/web/servers/two")
    for echo, home in zip(echoes, homes):
        if home == "two":
            with pytest.raises((ConnectionError, ValueError)):
                echo.ask()
        else:
            assert echo.ask() == home
        echo.close()


def test_a_drained_server_keeps_its_flows_and_gets_no_new_ones(lab, appliance):
    """Progress is the number of connections that are left; it ends at none."""
    with Traffic(lab.client, VIRTUAL) as traffic:
        here = traffic.homes.count("two")
        assert here > 0
        appliance.api.post("/v1/pools/web/servers/two/drain")
        assert set(lab.client.spread(VIRTUAL, 12)) == {"one", "three"}
        traffic.more()
        assert server_rows(appliance)["two"]["status"] == "drain"
        until(lambda: server_rows(appliance)["two"]["connections"] == here, "only the held connections are left")
    until(lambda: server_rows(appliance)["two"]["connections"] == 0, "the drain ends")
    appliance.api.post("/v1/pools/web/servers/two/enable")
    assert "two" in lab.client.spread(VIRTUAL, 12)


def test_what_is_left_at_the_deadline_of_a_drain_is_reset(lab, appliance):
    """The client's connection ends at the deadline, not before and not much later."""
    echoes = [Echo(lab.client, VIRTUAL) for _ in range(6)]
    homes = [echo.ask() for echo in echoes]
    appliance.api.post("/v1/pools/web/servers/two/drain", {"deadline_ms": 1000})
    assert [echo.ask() for echo in echoes] == homes

    def dead(echo):
        try:
            echo.ask()
            return False
        except (OSError, ValueError):
            return True
    drained = [echo for echo, home in zip(echoes, homes) if home == "two"]
    until(lambda: all(dead(echo) for echo in drained), "the drained flows are reset", 5)
    assert not any(dead(echo) for echo in echoes if echo not in drained)
    for echo in echoes:
        echo.close()


def test_a_drain_under_load_loses_no_request(lab, appliance):
    """500 short connections while servers drain and come back: every one is answered."""
    answers = collections.Counter()
    for name in ("one", "two", "three"):
        appliance.api.post(f"/v1/pools/web/servers/{name}/drain")
        answers += lab.client.parallel(VIRTUAL, 100, port=80)
        appliance.api.post(f"/v1/pools/web/servers/{name}/enable")
        answers += lab.client.parallel(VIRTUAL, 66, port=80)
    assert sum(answers.values()) == 498


def test_a_server_of_weight_0_and_a_disabled_server_get_nothing_new(lab, appliance):
    """Both leave the rest of the pool alone."""
    appliance.api.patch("/v1/config", {"services": {"web": {"scheduler": "wrr"}}})
    appliance.api.post("/v1/pools/web/servers/one/weight", {"weight": 0})
    appliance.api.post("/v1/pools/web/servers/two/disable")
    assert lab.client.spread(VIRTUAL, 9) == {"three": 9}
    appliance.api.post("/v1/pools/web/servers/two/enable")
    appliance.api.post("/v1/pools/web/servers/two/weight", {"weight": 2})
    spread = lab.client.spread(VIRTUAL, 30)
    assert "one" not in spread and spread["two"] > spread["three"], spread


def test_no_server_left_means_a_clear_refusal_and_a_counter(lab, appliance):
    """The client is not left waiting; the drop reason says why; the sorry server steps in when there is one."""
    for name in SERVERS:
        appliance.api.post(f"/v1/pools/web/servers/{name}/disable")
    before = appliance.api.drops().get("no_server_available", 0)
    assert lab.client.answers(VIRTUAL) is None
    assert appliance.api.drops()["no_server_available"] > before
    sorry = {"sorry_server": "three", "servers": {"three": {"state": "up"}}}
    appliance.api.patch("/v1/config", {"pools": {"web": sorry}})
    assert lab.client.name(VIRTUAL) == "three"


def test_a_commit_that_nobody_confirms_reverts_itself(lab, appliance):
    """Within the time the change is in force; after it the old configuration is, and traffic followed both."""
    appliance.api.patch("/v1/config?confirm_s=1", without("one", "two"))
    assert lab.client.spread(VIRTUAL, 6) == {"three": 6}
    until(lambda: set(appliance.api.get("/v1/config/pools/web/servers")) == set(SERVERS), "the commit reverts", 5)
    assert set(lab.client.spread(VIRTUAL, 12)) == set(SERVERS)


def test_a_confirmed_commit_stays_and_a_rollback_brings_the_old_one_back(lab, appliance):
    """confirm, then rollback: each is a revision of its own."""
    appliance.api.patch("/v1/config?confirm_s=60", without("one"))
    with pytest.raises(Refused) as refused:
        appliance.api.patch("/v1/config", without("two"))
    assert refused.value.status == 409
    appliance.api.post("/v1/config/confirm")
    assert "one" not in lab.client.spread(VIRTUAL, 12)
    appliance.api.post("/v1/config/rollback")
    assert "one" in lab.client.spread(VIRTUAL, 12)


def test_a_change_of_an_old_revision_is_refused(appliance):
    """If-Match protects against two operators at once."""
    etag = appliance.api.raw("GET", "/v1/config")[1]["ETag"]
    appliance.api.patch("/v1/config", {"services": {"web": {"scheduler": "lc"}}})
    status, _, _ = appliance.api.raw("PATCH", "/v1/config", json.dumps({"services": {"web": {"scheduler": "rr"}}}),
                                     {"Content-Type": "application/merge-patch+json", "If-Match": etag})
    assert status == 412


def bad_documents(count):
    """Documents that are all wrong, each in another way: bytes, structure, names, types, ranges, references."""
    numbers = random.Random(7)
    good = json.dumps(configuration())
    for number in range(count):
        kind = number % 6
        if kind == 0:
            yield numbers.randbytes(numbers.randrange(1, 300))
        elif kind == 1:
            yield good[:numbers.randrange(1, len(good) - 1)].encode()
        elif kind == 2:
            yield json.dumps({"services": {"web": {f"x{number}": 1}}}).encode()
        elif kind == 3:
            yield json.dumps({"services": {"web": echo_service(pool=f"none{number}")}}).encode()
        elif kind == 4:
            wrong = numbers.choice([-1, 65536, 1e300, "", None, [], {}, "10.0.0.256", True])
            yield json.dumps({"pools": {"p": {"servers": {"s": {"address": wrong}}}}}).encode()
        else:
            yield (b"[" * numbers.randrange(1, 5000)) + b"1"


def test_1000_bad_documents_change_nothing_and_disturb_nobody(lab, appliance):
    """Each is refused with a problem document that lists errors with their fix; traffic goes on; the revision stays."""
    revision = appliance.api.get("/v1/status")["revision"]
    with Traffic(lab.client, VIRTUAL) as traffic:
        for document in bad_documents(1000):
            status, headers, body = appliance.api.raw("PUT", "/v1/config", document, {"Content-Type": "application/json"})
            assert 400 <= status < 500, (status, document[:200])
            assert headers["Content-Type"] == "application/problem+json"
            errors = json.loads(body)["errors"]
            assert errors and all(error["problem"] for error in errors), body
        traffic.more()
    assert appliance.api.get("/v1/status")["revision"] == revision


def test_answers_come_at_once_under_load(lab, appliance):
    """The API never waits for a worker longer than a batch: 200 answers of run-time state while 500 connections are open."""
    import time
    slowest = 0.0
    with Traffic(lab.client, VIRTUAL, connections=100):
        for path in ("/v1/status", "/v1/services", "/v1/workers", "/v1/drops", "/v1/stages") * 20:
            began = time.monotonic()
            appliance.api.get(path)
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.5, slowest
