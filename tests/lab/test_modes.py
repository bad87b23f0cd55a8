"""Every forwarding mode in both families, with real kernels as clients and servers: one appliance, one service a mode."""
import hashlib
import ipaddress
import json
import os
import socket
import struct

import pytest
from appliance import rows
from client import Client, Echo
from harness import FAR, PATH_MTU, SERVERS, far, inside, outside, pool, single
from processes import until

NAT, FULLNAT, DR, IPIP, GRE, GUE, NAT64 = 100, 110, 120, 130, 131, 132, 140
PROXY, TOA, FAR_NAT, FAR_FULLNAT, SNAT = 150, 151, 160, 161, 200
VIRTUAL = {"nat": NAT, "fullnat": FULLNAT, "dr": DR, "ipip": IPIP, "gre": GRE, "gue": GUE}
CASES = [(mode, family) for mode in VIRTUAL for family in (4, 6)]
ENCAPSULATED = ("ipip", "gre", "gue")


WEB = {"protocol": "tcp", "ports": 80}
PROTOCOLS = (WEB, {"protocol": "tcp", "ports": 7}, {"protocol": "udp", "ports": 7})


def service(address, pool_name, mode, **more):
    return {"address": address, "pool": pool_name, "mode": mode, "scheduler": "rr", **more}


def services():
    """Every mode for web and both echoes; then what only some tests need, for web alone."""
    made = {}

    def offer(name, **settings):
        for protocol in PROTOCOLS:
            made[f"{name}-{protocol['protocol']}{protocol['ports']}"] = settings | protocol
    for family in (4, 6):
        servers = f"servers{family}"
        offer(f"nat{family}", **service(outside(family, NAT), servers, "nat"))
        offer(f"fullnat{family}", **service(outside(family, FULLNAT), servers, "fullnat", snat_pool="inner"))
        offer(f"dr{family}", **service(outside(family, DR), servers, "dr"))
        for kind in ENCAPSULATED:
            address = outside(family, VIRTUAL[kind])
            offer(f"{kind}{family}", **service(address, servers, "tunnel", encapsulation=kind))
        for mode, host in (("nat", FAR_NAT), ("fullnat", FAR_FULLNAT)):
            made[f"far-{mode}{family}"] = service(outside(family, host), f"far{family}", mode, **WEB)
        proxied = service(outside(family, PROXY), f"proxy{family}", "fullnat", client_address="proxy_v2", **WEB)
        made[f"proxy{family}"] = proxied
        told = service(outside(family, TOA), f"toa{family}", "fullnat", client_address="toa", **WEB)
        made[f"toa{family}"] = told
    offer("nat64", **service(outside(6, NAT64), "servers4", "fullnat"))
    return made


def snat_everywhere():
    """A source pool on each side; what server two begins itself leaves with an address of the outer one."""
    pools = {"inner": inside, "outer": outside}
    return {
        "snat_pools": {name: {"addresses": [network(4, SNAT), network(6, SNAT)]} for name, network in pools.items()},
        "snat_rules": [{"source": single(inside(family, SERVERS["two"])), "interface": "outside", "snat_pool": "outer"}
                       for family in (4, 6)],
    }


@pytest.fixture(scope="module")
def appliance(lab):
    pools = {}
    for family in (4, 6):
        pools[f"servers{family}"] = pool(family)
        pools[f"far{family}"] = {"servers": {"far": {"address": far(family, FAR)}}}
        pools[f"toa{family}"] = pool(family, ["one"])
        pools[f"proxy{family}"] = {"servers": {"one": {"address": inside(family, SERVERS["one"]), "port": 81}}}
    gateways = {"10.3.0.0/24": inside(4, 253), "fd03::/64": inside(6, 253)}
    routes = [{"prefix": network, "via": [{"gateway": gateway}]} for network, gateway in gateways.items()]
    made = lab.appliance(pools=pools, services=services(), routes=routes, **snat_everywhere())
    yield made.start()
    assert made.stop() == 0, "poised ends cleanly when told to"
    made.close()


@pytest.fixture(autouse=True)
def everything_stays_on_its_core(appliance):
    """After each test: no packet of a flow reached a core that does not own it."""
    yield
    assert appliance.process.running(), "poised died"
    assert appliance.api.metric("poise_worker_wrong_core_total") == 0


@pytest.mark.parametrize("mode,family", CASES)
def test_requests_spread_over_all_servers(lab, appliance, mode, family):
    """Round robin gives each server its share of 30 requests (two workers count for themselves)."""
    spread = lab.client.spread(outside(family, VIRTUAL[mode]), 30)
    assert set(spread) == set(SERVERS) and min(spread.values()) >= 6, spread


@pytest.mark.parametrize("mode,family", CASES)
def test_a_download_is_whole(lab, appliance, mode, family):
    """20 MB arrive with the right hash."""
    assert lab.client.download_hash(outside(family, VIRTUAL[mode])) == lab.file_hash


@pytest.mark.parametrize("mode,family", CASES)
def test_an_upload_is_whole(lab, appliance, mode, family):
    """2 MB towards the server arrive with the right hash; through a tunnel this needs path MTU discovery."""
    body = os.urandom(2_000_000)
    assert lab.client.upload_hash(outside(family, VIRTUAL[mode]), body) == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("mode,family", CASES)
def test_1000_connections_at_once(lab, appliance, mode, family):
    """1,000 connections are open at the same time, all are answered, and no server is left out."""
    spread = lab.client.parallel(outside(family, VIRTUAL[mode]), 1000)
    assert sum(spread.values()) == 1000 and set(spread) == set(SERVERS), spread


@pytest.mark.parametrize("mode,family", CASES)
def test_datagrams_are_echoed(lab, appliance, mode, family):
    """UDP finds a server and the answer comes from the address that was asked."""
    assert lab.client.datagram(outside(family, VIRTUAL[mode])).split()[0] in SERVERS


@pytest.mark.parametrize("family", [4, 6])
def test_large_datagrams_survive_fragmentation(lab, appliance, family):
    """A datagram of 4,000 bytes travels in fragments, there and back."""
    text = "x" * 4000
    assert lab.client.datagram(outside(family, NAT), text).split()[1] == text


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("host", [1, NAT, FULLNAT, SNAT])
def test_our_addresses_answer_ping(lab, appliance, family, host):
    """The interface, services and source addresses are there, in ordinary and in fragmented size."""
    lab.client.ping(outside(family, host))


@pytest.mark.parametrize("family", [4, 6])
def test_nat_shows_the_client_and_fullnat_shows_the_source_pool(lab, appliance, family):
    """What the server sees as its peer."""
    assert lab.client.get(outside(family, NAT), "/who").decode().split()[1] == outside(family, 10)
    assert lab.client.get(outside(family, FULLNAT), "/who").decode().split()[1] == inside(family, SNAT)


@pytest.mark.parametrize("family", [4, 6])
def test_the_proxy_header_tells_the_client_behind_fullnat(lab, appliance, family):
    """PROXY v2 carries the client's address and port; the rest of the stream is untouched."""
    connection = lab.client.connect(outside(family, PROXY), 80)
    with connection:
        port = connection.getsockname()[1]
        connection.sendall(b"GET /who HTTP/1.1\r\nHost: lab\r\n\r\n")
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.decode().split("\r\n\r\n")[1].split() == ["one", outside(family, 10), str(port)]


@pytest.mark.parametrize("family", [4, 6])
def test_the_toa_option_tells_the_client_behind_fullnat(lab, appliance, family):
    """Option 254 of a segment on the server's wire: the client's port and address. Downloads and uploads stay whole."""
    ethertype = socket.htons(0x0800 if family == 4 else 0x86DD)
    wire = lab.namespaces["one"].socket(socket.AF_PACKET, socket.SOCK_RAW, ethertype)
    with wire, lab.client.connect(outside(family, TOA), 80) as connection:
        address, port = connection.getsockname()[:2]
        option = bytes([254, 8 if family == 4 else 20]) + struct.pack("!H", port) + ipaddress.ip_address(address).packed
        wire.settimeout(2)
        until(lambda: option in wire.recv(2048), "a segment with the option")
    assert lab.client.download_hash(outside(family, TOA)) == lab.file_hash
    body = os.urandom(500_000)
    assert lab.client.upload_hash(outside(family, TOA), body) == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("family", [4, 6])
def test_the_proxy_header_does_not_disturb_a_large_upload(lab, appliance, family):
    """Sequence numbers stay right behind the inserted header, in both directions."""
    body = os.urandom(500_000)
    assert lab.client.upload_hash(outside(family, PROXY), body) == hashlib.sha256(body).hexdigest()


def test_nat64_brings_ipv6_clients_to_ipv4_servers(lab, appliance):
    """Requests, a download, an upload, 1,000 connections and datagrams, from IPv6 to IPv4."""
    address = outside(6, NAT64)
    assert set(lab.client.spread(address, 30)) == set(SERVERS)
    assert ":" not in lab.client.get(address, "/who").decode().split()[1]
    assert lab.client.download_hash(address) == lab.file_hash
    assert sum(lab.client.parallel(address, 1000).values()) == 1000
    assert lab.client.datagram(address).split()[0] in SERVERS


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("host", [FAR_NAT, FAR_FULLNAT])
def test_path_mtu_discovery_works_through_the_appliance(lab, appliance, family, host):
    """A narrow link behind the appliance: its ICMP error reaches the client, translated, and the upload arrives."""
    body = os.urandom(500_000)
    assert lab.client.upload_hash(outside(family, host), body) == hashlib.sha256(body).hexdigest()
    assert f"mtu {PATH_MTU}" in lab.namespaces["client"].ip(f"route get {outside(family, host)}")


@pytest.mark.parametrize("family", [4, 6])
def test_the_appliance_routes_what_is_for_no_service(lab, appliance, family):
    """The client reaches a server by its own address; each hop is one less."""
    assert lab.client.name(inside(family, SERVERS["one"])) == "one"
    lab.client.ping(inside(family, SERVERS["one"]))


@pytest.mark.parametrize("family", [4, 6])
def test_inner_hosts_go_out_through_the_snat_gateway(lab, appliance, family):
    """A server asks a web server outside, which sees an address of the pool."""
    inner = Client(lab.namespaces["two"])
    answer = inner.get(outside(family, 10), "/who", source=inside(family, SERVERS["two"]))
    assert answer.decode().split()[:2] == ["client", outside(family, SNAT)]
    assert inner.datagram(outside(family, 10)) == "client ping"
    inner.ping(outside(family, 10))


@pytest.mark.parametrize("family", [4, 6])
def test_two_workers_share_the_load_and_replies_find_their_core(lab, appliance, family):
    """Both workers carry flows; replies are handed to the owner in software, because a tap has no RSS, and never land wrong."""
    lab.client.parallel(outside(family, FULLNAT), 400)
    workers = rows(appliance.api.get("/v1/workers"))
    assert len(workers) == 2 and all(worker["packets"] > 0 for worker in workers), workers
    assert appliance.api.metric("poise_worker_handed_off_total") > 0


def test_explain_agrees_with_what_happens(lab, appliance):
    """The verdict for a flow that exists names the server that it is at."""
    echo = Echo(lab.client, outside(4, NAT))
    host, port = echo.connection.getsockname()
    home = echo.ask()
    question = {"protocol": "tcp", "source": f"{host}:{port}", "destination": f"{outside(4, NAT)}:7"}
    verdict = appliance.api.post("/v1/explain", question)
    echo.close()
    assert home in str(verdict) or inside(4, SERVERS[home]) in str(verdict), verdict


def test_flows_are_listed_and_filtered(lab, appliance):
    """A held connection is one row of the stream, and a filter for another service leaves it out."""
    echo = Echo(lab.client, outside(4, FULLNAT))
    echo.ask()
    port = str(echo.connection.getsockname()[1])

    def flows(name):
        return [json.loads(line) for line in appliance.api.stream(f"/v1/flows?service={name}") if line.strip()]
    until(lambda: any(port in json.dumps(flow) for flow in flows("fullnat4-tcp7")), "the flow is listed")
    assert not any(port in json.dumps(flow) for flow in flows("nat4-tcp7"))
    echo.close()


def test_a_dead_port_is_refused_at_once(lab, appliance):
    """A TCP connection to a service address without a service on the port is reset, not left waiting."""
    with pytest.raises(ConnectionRefusedError):
        lab.client.connect(outside(4, NAT), 4711)


def test_counters_see_what_the_client_did(lab, appliance):
    """The packets of a service grow by its traffic."""
    def packets():
        return sum(server["packets"] for server in appliance.api.get("/v1/services/nat4-tcp80")["servers"])
    before = packets()
    lab.client.spread(outside(4, NAT), 3)
    until(lambda: packets() >= before + 3 * 4, "the counters have grown")
