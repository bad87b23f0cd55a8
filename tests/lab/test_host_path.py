"""What is nobody's goes to the host: its services are reachable on the same port, and it reaches out."""
import pytest
from client import Client
from harness import both, inside, interface, outside, pool
from processes import until


@pytest.fixture(scope="module")
def appliance(lab):
    service = {"address": outside(4, 100), "protocol": "tcp", "ports": 80, "pool": "web", "mode": "fullnat", "scheduler": "rr"}
    made = lab.appliance(pools={"web": pool(4)}, services={"web": service})
    made.config["interfaces"]["outside"] = interface("outside", outside, 1, mac="02:00:00:00:01:01", host_path=True)
    made.write_config()
    made.start()
    host = lab.namespaces["appliance"]
    until(lambda: "poise-outside" in host.ip("link show"), "the host's end of the port")
    host.ip("link set poise-outside address 02:00:00:00:01:01", "link set poise-outside up",
            *(f"address replace {address} dev poise-outside" for address in both(outside, 1)))
    server = lab.serve("appliance", outside(4, 1), outside(6, 1))
    until(lambda: "ready" in server.output(), "the host's web server")
    yield made
    server.kill()
    assert made.stop() == 0
    made.close()


@pytest.mark.parametrize("family", [4, 6])
def test_a_service_of_the_host_is_reachable_beside_the_balanced_ones(lab, appliance, family):
    """The interface's address leads to the host's own web server; 20 MB arrive whole."""
    assert lab.client.name(outside(family, 1)) == "appliance"
    assert lab.client.download_hash(outside(family, 1)) == lab.file_hash
    assert lab.client.name(outside(4, 100)) in ("one", "two", "three")


@pytest.mark.parametrize("family", [4, 6])
def test_the_host_reaches_out(lab, appliance, family):
    """The host asks a web server on the network through the same port."""
    assert Client(lab.namespaces["appliance"]).name(outside(family, 10)) == "client"


def test_without_a_host_path_the_inner_side_refuses(lab, appliance):
    """The inside interface has none: its address offers no service of the host."""
    assert Client(lab.namespaces["one"]).answers(inside(4, 1)) is None
