"""Layer 7 on the polling workers, with real kernels as clients and servers: two workers, taps without RSS."""
import hashlib
import json
import os
import random
import re
import time

import pytest
from appliance import rows
from harness import SERVERS, inside, outside
from processes import until
from test_looking_inside import frames_of

VIRTUAL = {4: outside(4, 210), 6: outside(6, 210)}
PORT, CLOSING, TCP = 8080, 8081, 8082
NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ {listen} location = /name {{ return 200 "{role}\\n"; }} location / {{ root {root}; }} }} }}
"""


def start_nginx(lab, role):
    """nginx of a server's namespace on port 8000, with the lab's file."""
    folder = os.path.join(lab.folder, f"nginx-{role}")
    os.makedirs(folder, exist_ok=True)
    os.chmod(lab.folder, 0o755)
    host = SERVERS[role]
    listen = f"listen {inside(4, host)}:8000 backlog=8192; listen [{inside(6, host)}]:8000 backlog=8192;"
    with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as file:
        file.write(NGINX.format(folder=folder, listen=listen, role=role, root=lab.folder))
    process = lab.namespaces[role].start("nginx", "nginx", "-c", os.path.join(folder, "nginx.conf"), "-e", "stderr")
    lab.processes.append(process)
    return process


def backend(family, port, roles=SERVERS, **more):
    return {"servers": {role: {"address": inside(family, SERVERS[role]), "port": port} for role in roles}, **more}


def frontend(port, name, **more):
    """On an address of its own in both families; the node's own addresses are another frontend's."""
    return {"binds": [{"address": VIRTUAL[4], "port": port}, {"address": VIRTUAL[6], "port": port}],
            "default_backend": name, **more}


def layer_7():
    return {
        "frontends": {"web": frontend(PORT, "nginx4"), "closing": frontend(CLOSING, "python4"),
                      "tcp": frontend(TCP, "tcp6", mode="tcp"),
                      "own": {"binds": [{"port": PORT}, {"address": "::", "port": PORT}], "default_backend": "nginx6"}},
        "backends": {"nginx4": backend(4, 8000, redispatch=True, retries=1), "nginx6": backend(6, 8000),
                     "python4": backend(4, 80), "tcp6": backend(6, 8000, mode="tcp")},
    }


@pytest.fixture(scope="module")
def nginx(lab):
    started = {role: start_nginx(lab, role) for role in SERVERS}
    yield started
    for process in started.values():
        process.kill()


@pytest.fixture(scope="module")
def appliance(lab, nginx):
    gateways = {"10.3.0.0/24": inside(4, 253), "fd03::/64": inside(6, 253)}
    routes = [{"prefix": network, "via": [{"gateway": gateway}]} for network, gateway in gateways.items()]
    made = lab.appliance(routes=routes, **layer_7())
    made.start()
    yield made
    assert made.stop() == 0, "poised ends cleanly when told to"
    made.close()


def bracketed(address):
    return f"[{address}]" if ":" in address else address


def curl(lab, address, path, *options, port=PORT):
    return lab.namespaces["client"].execute("curl", "-sS", "-m", "60", *options, f"http://{bracketed(address)}:{port}{path}")


def answer(lab, address, port=PORT):
    """The name of the server that answers, or what curl says instead."""
    url = f"http://{bracketed(address)}:{port}/name"
    return lab.namespaces["client"].execute("curl", "-sS", "-m", "2", url, check=False).strip()


def wrk(lab, address, connections, seconds, path="/name", port=PORT, *headers):
    """(requests, what wrk complained about)."""
    said = lab.namespaces["client"].execute("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
                                            *headers, f"http://{bracketed(address)}:{port}{path}")
    complaints = re.findall(r"Socket errors.*|Non-2xx.*", said)
    return int(re.search(r"(\d+) requests in", said).group(1)), complaints


def stack_counter(made, name):
    """Over all workers."""
    return sum(worker["proxy"]["tcp"][name] for worker in rows(made.api.get("/v1/workers")))


@pytest.mark.parametrize("family", (4, 6))
def test_requests_go_round_the_servers_in_both_families(lab, appliance, family):
    names = {curl(lab, VIRTUAL[family], "/name").strip() for _ in range(6)}
    assert names == set(SERVERS)
    assert curl(lab, outside(family, 1), "/name").strip() in SERVERS, "an address of the node's own, IPv6 behind it"


@pytest.mark.parametrize("family", (4, 6))
@pytest.mark.parametrize("port", (PORT, CLOSING, TCP))
def test_a_large_body_arrives_as_it_was_sent(lab, appliance, family, port):
    file = os.path.join(lab.folder, f"got-{family}-{port}")
    curl(lab, VIRTUAL[family], "/file", "-o", file, port=port)
    with open(file, "rb") as got:
        assert hashlib.sha256(got.read()).hexdigest() == lab.file_hash


@pytest.mark.parametrize("family", (4, 6))
def test_a_large_upload_arrives_as_it_was_sent(lab, appliance, family):
    body = random.Random(2).randbytes(20_000_000)
    file = os.path.join(lab.folder, "upload")
    with open(file, "wb") as out:
        out.write(body)
    digest = curl(lab, VIRTUAL[family], "/hash", "--data-binary", f"@{file}", port=CLOSING)
    assert digest.strip() == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("family", (4, 6))
def test_a_narrow_path_is_learned_from_icmp(lab, appliance, family):
    """The link to "far" takes less than either of its ends knows."""
    before = stack_counter(appliance, "icmp_too_big")
    file = os.path.join(lab.folder, f"far-{family}")
    lab.namespaces["far"].execute("curl", "-sS", "-m", "60", "-o", file, f"http://{bracketed(VIRTUAL[family])}:{PORT}/file")
    with open(file, "rb") as got:
        assert hashlib.sha256(got.read()).hexdigest() == lab.file_hash
    until(lambda: stack_counter(appliance, "icmp_too_big") > before, "the message was believed")


def test_a_thousand_connections_at_once(lab, appliance):
    requests, complaints = wrk(lab, VIRTUAL[4], 1000, 4)
    assert requests > 1000 and not complaints, complaints


def test_no_connection_met_the_wrong_worker(lab, appliance):
    requests, complaints = wrk(lab, VIRTUAL[4], 50, 2, "/name", PORT, "-H", "Connection: close")
    assert requests > 50 and not complaints, complaints
    workers = rows(appliance.api.get("/v1/workers"))
    assert all(worker["proxy"]["tcp"]["established"] > 0 for worker in workers), "both have work"
    assert sum(worker["wrong_core"] for worker in workers) == 0
    assert stack_counter(appliance, "wrong_core") == 0


class Wrk:
    """wrk that runs beside the test."""

    def __init__(self, lab, address, connections, seconds, path="/name", port=PORT):
        self.process = lab.namespaces["client"].start(f"wrk-{time.monotonic()}", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout",
                                                      "10s", f"http://{bracketed(address)}:{port}{path}")

    def end(self, seconds=60):
        until(lambda: not self.process.running(), "wrk ends", seconds)
        said = self.process.output()
        return int(re.search(r"(\d+) requests in", said).group(1)), re.findall(r"Socket errors.*|Non-2xx.*", said)


def test_a_killed_server_costs_what_it_had_in_hand_and_nothing_after(lab, appliance, nginx):
    connections = 20
    beside = Wrk(lab, VIRTUAL[4], connections, 3)
    until(lambda: appliance.api.metric("poise_frontend_requests_total") > 100, "requests flow")
    nginx["two"].kill()
    time.sleep(0.5)
    after = Wrk(lab, VIRTUAL[4], connections, 2)
    requests, complaints = beside.end()
    requests_after, complaints_after = after.end()
    nginx["two"] = start_nginx(lab, "two")
    until(lambda: {answer(lab, VIRTUAL[4]) for _ in range(6)} == set(SERVERS), "all three serve again", 20)
    lost = sum(int(number) for said in complaints for number in re.findall(r"responses: (\d+)", said))
    assert requests > 100 and lost <= connections and not any("Socket" in said for said in complaints), complaints
    assert requests_after > 100 and not complaints_after, complaints_after


def test_changes_under_load_cost_nothing(lab, appliance):
    beside = Wrk(lab, VIRTUAL[6], 50, 5)
    before = appliance.api.metric("poise_frontend_requests_total")
    until(lambda: appliance.api.metric("poise_frontend_requests_total") > before + 100, "requests flow")
    for weight in range(1, 11):
        appliance.api.patch("/v1/config", {"backends": {"nginx4": {"servers": {"one": {"weight": weight}}}}})
        appliance.api.patch("/v1/config", {"frontends": {f"extra{weight}": frontend(9000 + weight, "nginx4")}})
        until(lambda: answer(lab, VIRTUAL[4], 9000 + weight) in SERVERS, "a new frontend serves at once", 1)
    for weight in range(1, 11):
        appliance.api.patch("/v1/config", {"frontends": {f"extra{weight}": None}})
    requests, complaints = beside.end()
    assert requests > 100 and not complaints, complaints
    until(lambda: answer(lab, VIRTUAL[4], 9001) not in SERVERS, "a removed frontend serves no more", 1)


def test_a_limit_of_a_server_holds_over_both_workers(lab, appliance):
    def change(settings_of):
        servers = {role: settings_of(role) for role in SERVERS}
        appliance.api.patch("/v1/config", {"backends": {"nginx4": {"servers": servers}}})
    change(lambda role: {"connections_max": 1} if role == "one" else {"state": "down"})
    try:
        requests, complaints = wrk(lab, VIRTUAL[4], 64, 3)
        server = next(each for each in rows(appliance.api.get("/v1/backends")) if each["name"] == "nginx4")["servers"]
        most = next(each for each in server if each["name"] == "one")["sessions_most"]
        assert requests > 100 and not complaints, complaints
        assert most >= 1
    finally:
        change(lambda role: {"connections_max": None, "state": None})


def test_explain_says_where_a_connection_ends_and_a_trace_shows_it(lab, appliance):
    question = {"protocol": "tcp", "source": f"{outside(4, 10)}:5555", "destination": f"{VIRTUAL[4]}:{PORT}"}
    verdict = appliance.api.post("/v1/explain", question)
    assert verdict["frontend"] == "web" and verdict["stage"] == "terminate" and verdict["drop"] is None, verdict
    beside = Wrk(lab, VIRTUAL[4], 4, 4)
    lines = appliance.api.stream(f"/v1/trace?filter=tcp%20port%20{PORT}&count=30&seconds=10")
    steps = [json.loads(line) for line in lines if line.strip()]
    beside.end()
    assert "terminate" in {step["stage"] for step in steps}, steps
    assert not {"service", "route", "rewrite"} & {step["stage"] for step in steps}, steps


def test_a_capture_shows_whole_frames_of_what_the_proxy_sends(lab, appliance):
    beside = Wrk(lab, VIRTUAL[4], 2, 4, "/file")
    filter_ = f"src%20host%20{VIRTUAL[4]}%20and%20greater%201000"
    _, _, body = appliance.api.raw("GET", f"/v1/capture?filter={filter_}&count=20&seconds=10", seconds=20)
    beside.end()
    frames = frames_of(body)
    assert len(frames) == 20
    assert all(int.from_bytes(frame[16:18], "big") + 14 == len(frame) for frame in frames)


def test_nothing_was_lost_on_the_way(lab, appliance):
    """Of what a proxy may drop: the rest of the lab's world (IPv6 multicast and the like) is not its business."""
    drops = appliance.api.drops()
    for reason in ("transmit_full", "no_buffer", "hand_off_full", "address_not_held", "packet_too_big", "no_headroom"):
        assert reason not in drops, drops
    for counter in ("no_memory", "buffers_full", "no_connection_row", "cookies_out"):
        assert stack_counter(appliance, counter) == 0, counter

