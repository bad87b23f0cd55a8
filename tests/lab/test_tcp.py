"""Our TCP against the kernel's, over a tap: as server and as client, over good links and bad ones."""
import concurrent.futures
import hashlib
import os
import resource
import shutil
import socket
import tempfile

import pytest
from net import FOLDER_PREFIX
from processes import run, until
from tcp_peer import EXCHANGE, OURS, Cable, ExchangeServer, content, content_hash, exchange

FAMILIES = (4, 6)
GIGABYTE = 1 << 30
BAD_LINK = ("loss=0.02,bursts=0.002,reorder=0.05,held_us=3000,duplication=0.02,corruption=0.01,truncation=0.01,"
            "delay_us=1000,jitter_us=500")
# What a kernel may be set to: other options, other windows.
KERNELS = {
    "as it is": {},
    "without SACK": {"net.ipv4.tcp_sack": 0},
    "without timestamps": {"net.ipv4.tcp_timestamps": 0},
    "without scaling": {"net.ipv4.tcp_window_scaling": 0},
    "with tiny buffers": {"net.ipv4.tcp_rmem": "2304 4608 4608", "net.ipv4.tcp_wmem": "4608 4608 9216"},
    "with ECN": {"net.ipv4.tcp_ecn": 1},
    "with Reno and nothing": {"net.ipv4.tcp_sack": 0, "net.ipv4.tcp_timestamps": 0, "net.ipv4.tcp_window_scaling": 0,
                              "net.ipv4.tcp_congestion_control": "reno"},
}


@pytest.fixture(name="wire")
def fixture_wire():
    folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-")
    made = Cable(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def curl(wire, *words):
    return run("ip", "netns", "exec", wire.namespace.name, "curl", "-sS", "--max-time", "60", *words)


def url(family, path):
    return f"http://[{OURS[6]}]{path}" if family == 6 else f"http://{OURS[4]}{path}"


def dial(wire, family, port=EXCHANGE):
    connection = wire.namespace.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(60)
    connection.connect((OURS[family], port))
    return connection


def test_curl_is_answered(wire):
    wire.serve()
    path = os.path.join(wire.namespace.folder, "body")
    with open(path, "wb") as file:
        file.write(content(0, 50_000) * 20)
    for family in FAMILIES:
        got = os.path.join(wire.namespace.folder, "got")
        curl(wire, "-o", got, url(family, "/bytes/70000"), "-o", got + "2", url(family, "/bytes/3"))
        with open(got, "rb") as file:
            assert file.read() == content(0, 70_000)
        answer = curl(wire, "--data-binary", f"@{path}", url(family, "/hash"))
        assert answer == hashlib.sha256(content(0, 50_000) * 20).hexdigest()
    assert wire.stop()["opened_passive"] == 4, "the second download went over the connection of the first"


def test_a_gigabyte_arrives_as_it_was_sent(wire):
    wire.serve()
    connection = dial(wire, 4, 80)
    connection.sendall(f"GET /bytes/{GIGABYTE} HTTP/1.1\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    received, count = hashlib.sha256(), 0
    while count < GIGABYTE:
        data = connection.recv(1 << 20)
        assert data, f"it ended after {count} bytes"
        received.update(data)
        count += len(data)
    connection.close()
    assert received.hexdigest() == content_hash(GIGABYTE)
    counters = wire.stop()
    assert counters.get("bytes_copied", 0) < 1000, "the payload went out without being copied"


def test_ten_thousand_connections_of_wrk(wire):
    wire.serve()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wire.namespace.sysctl("net/ipv4/ip_local_port_range", "10000 65000")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 16384)), hard))
    try:
        wrk = wire.namespace.execute("wrk", "-c", "10000", "-t", "1", "-d", "5s", "--timeout", "30s",
                                     url(4, "/bytes/100"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "Socket errors" not in wrk and "Non-2xx" not in wrk, wrk
    counters = wire.stop()
    assert counters["opened_passive"] >= 10_000
    assert counters["bytes_out"] > 10_000 * 100


@pytest.mark.parametrize("kernel", KERNELS)
def test_as_the_server_of_kernels(wire, kernel):
    wire.set(KERNELS[kernel])
    wire.serve(flags="ecn=1")
    sizes = [(300_000, 300_000), (0, 500_000), (500_000, 0), (1, 1), (0, 0)]
    # A reset before any answer may come before the request was read, or the connection taken.
    jobs = [(family, up, down, mode) for family in FAMILIES for mode in ("half", "both", "reset") for up, down in sizes
            if down > 0 or mode != "reset"]
    for family, up, down, mode in jobs:
        assert exchange(dial(wire, family), up, down, mode) == (down, True, "finished"), f"{up} {down} {mode}"
    for family in FAMILIES:
        assert exchange(dial(wire, family), 300_000, 0, "abort") == (0, True, "reset")
    until(lambda: len(wire.outcomes()) == len(jobs) + 2, "our side has told of all")
    for request, received, right, end in wire.outcomes():
        up, _, mode = request.split()
        assert (right, end) == ("right", {"reset": "reset", "abort": "aborted"}.get(mode, "finished")), request
        assert int(received) == int(up) or mode == "reset", request
    wire.stop()


@pytest.mark.parametrize("kernel", KERNELS)
def test_as_the_client_of_kernels(wire, kernel):
    wire.set(KERNELS[kernel])
    for family in FAMILIES:
        with ExchangeServer(wire.namespace, family) as server:
            wire.connect(family, 300_000, 200_000, "half+both+reset+abort", 16, 4, flags="ecn=1")
            until(lambda: not wire.process.running(), "tcp_host has done its work", 60)
            until(lambda: len(server.outcomes) == 16, "the kernel's side has told of all")
        assert len(wire.outcomes()) == 16
        for request, received, right, end in wire.outcomes():
            mode = request.split()[2]
            assert (right, end) == ("right", {"reset": "aborted", "abort": "reset"}.get(mode, "finished")), request
            assert int(received) == (0 if mode == "abort" else 200_000), request
        for request, received, right, end in server.outcomes:
            mode = request.split()[2]
            assert right and (received == 300_000 or mode == "reset"), request
            assert end == ("reset" if mode == "reset" else "finished"), request
        wire.finished()


@pytest.mark.parametrize("seed, kernel", enumerate(KERNELS))
def test_over_a_bad_link(wire, seed, kernel):
    """Both roles at once: what arrives is what was sent, and both sides come to an end."""
    wire.set(KERNELS[kernel])
    bad = f"{BAD_LINK},seed={seed}"
    wire.serve(flags="ecn=1", impairments=bad)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        jobs = [threads.submit(exchange, dial(wire, family), 100_000, 100_000, mode)
                for family in FAMILIES for mode in ("half", "both") for _ in range(2)]
        assert [job.result(90) for job in jobs] == [(100_000, True, "finished")] * len(jobs)
    wire.stop()
    family = FAMILIES[seed % 2]
    with ExchangeServer(wire.namespace, family) as server:
        wire.connect(family, 100_000, 100_000, "half+both", 8, 8, flags="ecn=1", impairments=bad)
        until(lambda: not wire.process.running(), "tcp_host has done its work", 90)
        until(lambda: len(server.outcomes) == 8, "the kernel's side has told of all", 30)
    assert [outcome[1:] for outcome in wire.outcomes()] == [("100000", "right", "finished")] * 8
    assert [outcome[1:] for outcome in server.outcomes] == [(100_000, True, "finished")] * 8
    wire.finished()


@pytest.mark.parametrize("family", FAMILIES)
def test_thousands_of_short_connections(wire, family):
    wire.serve()
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        jobs = threads.map(lambda _: exchange(dial(wire, family), 100, 100, "both"), range(2000))
        assert set(jobs) == {(100, True, "finished")}
    wire.stop()
    with ExchangeServer(wire.namespace, family):
        wire.connect(family, 100, 100, "half+both", 3000, 50)
        until(lambda: not wire.process.running(), "tcp_host has done its work", 60)
    assert {outcome[1:] for outcome in wire.outcomes()} == {("100", "right", "finished")}
    assert len(wire.outcomes()) == 3000
    wire.finished()
