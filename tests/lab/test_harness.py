"""The lab is proven with the kernel in the appliance's place: what fails here is the lab's fault, not poised's."""
import collections

import pytest
from harness import FAR, PATH_MTU, default_routes, far, inside, outside


@pytest.fixture(scope="module")
def kernel(lab):
    """The router namespace forwards between all networks, as the appliance would."""
    inner = [lab.namespaces[role] for role in ("one", "two", "three", "branch")]

    def route_through(host):
        lab.namespaces["client"].ip(*default_routes(outside, host))
        for namespace in inner:
            namespace.ip(*default_routes(inside, host))
    route_through(254)
    yield lab
    route_through(1)


@pytest.mark.parametrize("family", [4, 6])
def test_the_client_reaches_every_server_through_a_router(kernel, family):
    """Web, echo, datagrams and ping work between kernels."""
    for role, host in (("one", 11), ("two", 12), ("three", 13)):
        address = inside(family, host)
        assert kernel.client.name(address) == role
        assert kernel.client.get(address, "/who").decode().split()[1] == outside(family, 10)
        assert kernel.client.datagram(address) == f"{role} ping"
        kernel.client.ping(address)


@pytest.mark.parametrize("family", [4, 6])
def test_a_download_and_an_upload_are_whole(kernel, family):
    """The hash of what came is the hash of what was sent."""
    assert kernel.client.download_hash(inside(family, 11)) == kernel.file_hash


@pytest.mark.parametrize("family", [4, 6])
def test_1000_connections_at_once_are_no_burden_for_client_and_server(kernel, family):
    """All are open before the first asks."""
    assert kernel.client.parallel(inside(family, 11), 1000) == collections.Counter(one=1000)


@pytest.mark.parametrize("family", [4, 6])
def test_the_far_server_has_a_narrower_path_that_only_icmp_tells(kernel, family):
    """A large upload arrives, and the client has learned the path MTU from the router."""
    body = bytes(200_000)
    kernel.client.upload_hash(far(family, FAR), body)
    route = kernel.namespaces["client"].ip(f"route get {far(family, FAR)}")
    assert f"mtu {PATH_MTU}" in route
