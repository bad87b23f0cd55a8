"""A frontend of the workers on an address that two appliances share by VRRP."""
import pytest
from ha import VIRTUAL, Pair
from harness import SERVERS
from processes import until
from test_l7_workers import PORT, answer, backend, start_nginx


@pytest.fixture
def pair(lab):
    servers = [start_nginx(lab, role) for role in SERVERS]
    made = Pair(lab, 100)
    for appliance in made.appliances.values():
        web = {"binds": [{"address": VIRTUAL, "port": PORT}], "default_backend": "web"}
        echo = {"address": VIRTUAL, "protocol": "udp", "ports": 7, "pool": "web", "mode": "fullnat"}
        appliance.config.update({"frontends": {"web": web}, "backends": {"web": backend(4, 8000)},
                                 "services": {"echo": echo}})
        appliance.write_config()
    made.start()
    yield made
    made.close()
    for server in servers:
        server.kill()


def requests(appliance):
    return appliance.api.metric("poise_frontend_requests_total")


def test_the_master_serves_and_after_its_death_the_other(lab, pair):
    """Each answers for the address only while it holds it: what comes to the other's door meanwhile is not its own."""
    assert answer(lab, VIRTUAL) in SERVERS
    assert requests(pair.appliances["a"]) > 0 and requests(pair.appliances["b"]) == 0
    pair.kill()
    until(lambda: pair.master() == "b", "b is master", 20)
    until(lambda: answer(lab, VIRTUAL) in SERVERS, "b serves", 10)
    served = requests(pair.appliances["b"])
    assert served > 0
    pair.restart()
    until(lambda: pair.master() == "a", "a is master again", 20)
    until(lambda: answer(lab, VIRTUAL) in SERVERS, "a serves", 10)
    assert requests(pair.appliances["a"]) > 0 and requests(pair.appliances["b"]) == served
