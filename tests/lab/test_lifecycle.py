"""The life of the daemon: starts, restarts, kills, damaged files. What was committed survives; what is damaged is said aloud."""
import glob
import json
import os
import signal
import subprocess

import pytest
from appliance import Refused
from client import Echo, Traffic
from harness import SERVERS, outside, pool
from processes import until

VIRTUAL = outside(4, 100)


def configuration(**more):
    service = {"address": VIRTUAL, "protocol": "tcp", "ports": 80, "pool": "web", "mode": "nat", "scheduler": "maglev",
               "unknown_flow": "schedule"}
    return {"pools": {"web": pool(4)}, "services": {"web": service, "echo": service | {"ports": 7}},
            "node": {"name": "lab", "worker_cores": [0, 1], "hash_key": "0123456789abcdef0123456789abcdef"}, **more}


@pytest.fixture
def appliance(lab):
    made = lab.appliance(**configuration()).start()
    yield made
    made.close()


def revision(appliance):
    return appliance.api.get("/v1/status")["revision"]


def test_it_ends_cleanly_and_starts_again(lab, appliance):
    """SIGTERM: exit code 0, the socket is gone, the next start serves again."""
    assert lab.client.answers(VIRTUAL) in SERVERS
    assert appliance.stop() == 0
    assert not os.path.exists(appliance.api.path)
    assert lab.client.answers(VIRTUAL) is None
    appliance.start()
    assert set(lab.client.spread(VIRTUAL, 40)) == set(SERVERS)


def test_connections_survive_a_restart_when_the_hash_is_fixed(lab, appliance):
    """maglev with a fixed key and unknown_flow=schedule: a restarted appliance sends a connection where it was."""
    echoes = [Echo(lab.client, VIRTUAL) for _ in range(30)]
    homes = [echo.ask() for echo in echoes]
    assert appliance.stop() == 0
    appliance.start()
    assert [echo.ask() for echo in echoes] == homes
    for echo in echoes:
        echo.close()


def test_a_kill_loses_nothing_that_was_committed(lab, appliance):
    """SIGKILL right after a commit: the next start runs that revision."""
    for number in range(5):
        extra = configuration()["services"]["web"] | {"ports": 1000 + number}
        appliance.api.patch("/v1/config", {"services": {f"extra{number}": extra}})
        committed = revision(appliance)
        appliance.kill()
        appliance.start()
        assert revision(appliance) == committed
        assert f"extra{number}" in appliance.api.get("/v1/config/services")
    assert lab.client.answers(VIRTUAL) in SERVERS


def test_a_reload_takes_the_file_through_the_same_transaction(lab, appliance):
    """SIGHUP: connections of what did not change live on, the change is in force."""
    with Traffic(lab.client, VIRTUAL) as traffic:
        before = revision(appliance)
        del appliance.config["pools"]["web"]["servers"]["two"]
        appliance.write_config()
        appliance.reload()
        until(lambda: revision(appliance) > before, "the reload is a new revision")
        assert "two" not in lab.client.spread(VIRTUAL, 20)
        traffic.more()


@pytest.mark.parametrize("share", [0, 1, 50, 99])
def test_a_file_cut_in_the_middle_changes_nothing(lab, appliance, share):
    """SIGHUP with a cut file: a message with the place, traffic goes on with what ran before."""
    with Traffic(lab.client, VIRTUAL) as traffic:
        before, said = revision(appliance), len(appliance.process.output())
        with open(appliance.file, "r+b") as file:
            file.truncate(os.path.getsize(appliance.file) * share // 100)
        appliance.reload()
        until(lambda: "poise.json" in appliance.process.output()[said:], "a message that names the file")
        assert revision(appliance) == before
        traffic.more()


def test_a_start_with_a_cut_file_falls_back_to_the_last_good_revision(lab, appliance):
    """A damaged file at start: poised serves what ran last, and says so."""
    appliance.stop()
    with open(appliance.file, "r+b") as file:
        file.truncate(os.path.getsize(appliance.file) // 2)
    appliance.start()
    assert lab.client.answers(VIRTUAL) in SERVERS
    assert "poise.json" in appliance.process.output()


def test_a_damaged_revision_falls_back_to_the_one_before(lab, appliance):
    """The newest revision on disk is cut: the one before runs, and the status names the damaged one."""
    appliance.api.patch("/v1/config", {"pools": {"web": {"servers": {"one": None}}}})
    good = revision(appliance)
    appliance.api.patch("/v1/config", {"pools": {"web": {"servers": {"two": None}}}})
    bad = revision(appliance)
    appliance.kill()
    files = [name for name in glob.glob(appliance.state + "/**", recursive=True) if os.path.isfile(name)]
    newest = max((name for name in files if str(bad) in os.path.basename(name)), key=os.path.getmtime)
    with open(newest, "r+b") as file:
        file.truncate(os.path.getsize(newest) // 2)
    with open(appliance.file, "w", encoding="utf-8") as file:
        file.write("{")
    appliance.start()
    assert set(appliance.api.get("/v1/config/pools/web/servers")) == {"two", "three"}, f"revision {good} runs"
    assert str(bad) in json.dumps(appliance.api.get("/v1/status")["damaged"])


def test_a_full_disk_refuses_commits_and_changes_nothing(lab):
    """No room for a revision: the commit is refused with the fix, traffic goes on; with room again it is taken."""
    made = lab.appliance(**configuration())
    os.mkdir(made.state)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", made.state], check=True)
    try:
        made.start()
        before, filler = made.api.get("/v1/config"), os.path.join(made.state, "filler")
        with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))
        with pytest.raises(Refused) as refused:
            made.api.patch("/v1/config", {"services": {"web": {"scheduler": "rr"}}})
        assert refused.value.status == 507 and "make room on the disk" in str(refused.value)
        assert made.api.get("/v1/config") == before
        assert lab.client.answers(VIRTUAL) in SERVERS
        os.remove(filler)
        made.api.patch("/v1/config", {"services": {"web": {"scheduler": "rr"}}})
        assert made.api.get("/v1/config/services/web")["scheduler"] == "rr"
    finally:
        made.stop()
        subprocess.run(["umount", made.state], check=True)
        made.close()


def test_a_first_start_with_a_bad_file_says_all_errors_at_once(lab):
    """No revision to fall back to: it ends with every error, each with place and fix."""
    made = lab.appliance(pools={"web": {"servers": {"one": {"address": "10.2.0.256"}}}},
                         services={"web": {"adress": "10.1.0.100"}})
    with pytest.raises(AssertionError) as failed:
        made.start()
    said = str(failed.value)
    assert "address" in said and "10.2.0.256" in said and "adress" in said
    assert made.process.child.returncode != 0
    made.close()


def test_a_second_daemon_on_the_same_state_is_refused(lab, appliance):
    """Two daemons never share a state directory; the first one does not notice."""
    second = appliance.namespace.start("second", *appliance.process.child.args[4:])
    assert second.child.wait(20) != 0
    assert lab.client.answers(VIRTUAL) in SERVERS


def test_a_client_that_does_not_read_blocks_nobody(lab, appliance):
    """An event stream that is opened and never read; the API and traffic go on."""
    import socket
    lazy = [socket.socket(socket.AF_UNIX) for _ in range(10)]
    for connection in lazy:
        connection.connect(appliance.api.path)
        connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: poised\r\n\r\n")
    for number in range(50):
        appliance.api.patch("/v1/config", {"services": {"web": {"timeouts": {"udp_ms": 10000 + number}}}})
    assert lab.client.answers(VIRTUAL) in SERVERS
    for connection in lazy:
        connection.close()


def test_the_worker_threads_end_with_the_daemon(lab, appliance):
    """After SIGTERM no process of the appliance is left in its namespace."""
    appliance.process.signal(signal.SIGTERM)
    until(lambda: not appliance.process.running(), "poised ends")
    left = lab.namespaces["appliance"].execute("ip", "netns", "pids", appliance.namespace.name).split()
    assert str(appliance.process.child.pid) not in left


def test_rollback_to_an_unknown_revision_is_a_clear_refusal(appliance):
    """Errors of operators are answers."""
    with pytest.raises(Refused) as refused:
        appliance.api.post("/v1/config/rollback", {"revision": 4711})
    assert refused.value.status in (404, 422)
