"""The configuration of keepalived that every tutorial shows is imported and runs as it is, on a tap named eth0."""
import json
import os

from appliance import POISE, Appliance
from processes import until

SEED = """
global_defs {
  notification_email {
    admin@example.com
  }
  router_id LVS_DEMO
}
vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  virtual_ipaddress {
    192.168.1.100
  }
}
"""


def imported(lab, text):
    source, target = (os.path.join(lab.folder, name) for name in ("keepalived.conf", "imported.json"))
    with open(source, "w", encoding="ascii") as file:
        file.write(text)
    lab.namespaces["appliance"].execute(POISE, "config", "import", source, "--address", "eth0=192.168.1.1/24",
                                        "--output", target)
    with open(target, encoding="utf-8") as file:
        return json.load(file)


def test_the_seed_of_all_tutorials_runs_as_it_is_on_one_line_or_many(lab):
    config = imported(lab, SEED)
    assert config == imported(lab, " ".join(SEED.split()) + "\n")
    appliance = Appliance(lab.namespaces["appliance"], ["eth0"], {**config, "memory": {"flows": 65536}})
    lab.appliances.append(appliance)
    appliance.start()
    until(lambda: appliance.api.get("/v1/vrrp/VI_1")["state"] == "master", "it is master", 10)
    assert appliance.api.get("/v1/status")["name"] == "LVS_DEMO"
    appliance.stop()
    appliance.close()
