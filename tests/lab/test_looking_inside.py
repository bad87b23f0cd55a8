"""What the operator sees: captures, traces, events, counters and the CLI, of real traffic."""
import itertools
import json
import re
import struct
import threading

import pytest
from appliance import rows
from harness import both, inside, outside, pool
from processes import until

VIRTUAL = outside(4, 100)


@pytest.fixture(scope="module")
def appliance(lab):
    service = {"address": VIRTUAL, "protocol": "tcp", "ports": 80, "pool": "web", "mode": "fullnat", "scheduler": "rr"}
    made = lab.appliance(pools={"web": pool(4)}, services={"web": service}).start()
    yield made
    assert made.stop() == 0
    made.close()


class Background:
    """Requests, one after the other, while a block runs."""

    def __init__(self, lab, port=80):
        self.lab, self.port, self.stopping = lab, port, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.stopping.is_set():
            self.lab.client.answers(VIRTUAL, port=self.port)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(10)


def frames_of(pcap):
    """The frames of a classic pcap file."""
    magic, = struct.unpack("<I", pcap[:4])
    assert magic in (0xA1B2C3D4, 0xA1B23C4D), hex(magic)
    at, frames = 24, []
    while at < len(pcap):
        length, = struct.unpack("<I", pcap[at + 8:at + 12])
        frames.append(pcap[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def test_a_capture_has_the_frames_that_the_filter_names(lab, appliance):
    """20 frames of port 80, received and sent, in a file that tools read; nothing else is in it."""
    with Background(lab):
        status, _, body = appliance.api.raw("GET", "/v1/capture?filter=tcp%20port%2080&count=20&seconds=10", seconds=20)
    frames = frames_of(body)
    assert status == 200 and len(frames) == 20
    for frame in frames:
        ports = struct.unpack("!HH", frame[34:38])
        assert frame[12:14] == b"\x08\0" and frame[23] == 6 and 80 in ports


def test_a_capture_of_dropped_packets_has_only_those(lab, appliance):
    """Connections to a port without a service: their first segments, and not the traffic that is forwarded."""
    with Background(lab), Background(lab, port=4711):
        _, _, body = appliance.api.raw("GET", "/v1/capture?dropped=no_service_port&count=5&seconds=10", seconds=20)
    assert {struct.unpack("!H", frame[36:38])[0] for frame in frames_of(body)} == {4711}


def test_a_bad_filter_is_refused_with_a_sentence(appliance):
    """libpcap's complaint reaches the operator."""
    status, headers, body = appliance.api.raw("GET", "/v1/capture?filter=tcp%20port%20x")
    assert status in (400, 422) and headers["Content-Type"] == "application/problem+json" and json.loads(body)["errors"]


def test_a_trace_follows_packets_through_the_stages(lab, appliance):
    """Rows name the stage, in the order of the pipeline."""
    with Background(lab):
        lines = appliance.api.stream("/v1/trace?filter=tcp%20port%2080&count=30&seconds=10")
        steps = [json.loads(line) for line in lines if line.strip()]
    stages = {step["stage"] for step in steps}
    assert {"parse", "flow", "rewrite", "neighbor"} <= stages, stages


def test_events_tell_commits_and_statistics(appliance):
    """A server-sent event for a commit that happens while one listens."""
    seen = []

    def listen():
        for line in appliance.api.stream("/v1/events"):
            seen.append(line)
            if any("event: commit" in earlier for earlier in seen) and line == "\n":
                return
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    until(lambda: seen, "the stream begins")
    schedulers = itertools.cycle(("lc", "rr"))

    def told():  # each patch changes something, whatever ran before
        appliance.api.patch("/v1/config", {"services": {"web": {"scheduler": next(schedulers)}}})
        return not listener.is_alive()
    until(told, "the commit is told")


def test_metrics_are_prometheus_text_and_count(lab, appliance):
    """Every line is a comment or a sample, every family has its type, and the service's packets grow."""
    def metrics():
        return appliance.api.raw("GET", "/metrics")[2].decode()
    text = metrics()
    sample = re.compile(r'[a-z_:][a-z0-9_:]*(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? -?[0-9.e+-]+$')
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines and all(sample.match(line) for line in lines), [line for line in lines if not sample.match(line)][:3]
    typed = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    assert {line.split("{")[0].split(" ")[0] for line in lines} <= typed
    before = appliance.api.metric("poise_service_packets_to_server_total")
    lab.client.spread(VIRTUAL, 3)
    until(lambda: appliance.api.metric("poise_service_packets_to_server_total") >= before + 12, "the counter grows")


def test_neighbors_routes_and_interfaces_are_listed(lab, appliance):
    """The servers' MAC addresses are the ones that they have; connected routes are there."""
    lab.client.spread(VIRTUAL, 6)
    macs = {row["address"]: row["mac"] for row in rows(appliance.api.get("/v1/neighbors"))}
    link = lab.namespaces["one"].ip("link show eth0")
    assert macs[inside(4, 11)] in link
    assert inside(4, 0) + "/24" in json.dumps(appliance.api.get("/v1/routes"))
    assert both(outside, 1)[0] in json.dumps(appliance.api.get("/v1/interfaces"))


LOOKS = ("status", "service", "pool", "interfaces", "neighbors", "routes", "workers", "drops", "stages", "config get",
         "config revisions", "config schema", "metrics", "top --count 1")


@pytest.mark.parametrize("command", LOOKS)
def test_every_look_of_the_cli_works_on_the_real_daemon(appliance, command):
    """Exit code 0, text on standard output, and JSON when asked for."""
    assert appliance.cli(*command.split()).strip()
    if command not in ("metrics", "top --count 1"):
        json.loads(appliance.cli("--json", *command.split()))


def test_the_document_of_the_api_is_complete(appliance):
    """OpenAPI names every path that this lab uses, and the schema every part of the document."""
    paths = json.dumps(list(appliance.api.get("/v1/openapi.json")["paths"]))
    for path in ("/v1/config", "/v1/services", "/v1/flows", "/v1/capture", "/v1/events", "/metrics"):
        assert path in paths
    assert "services" in json.dumps(appliance.api.get("/v1/schema"))
