"""What a virtual router tracks outside of the protocol, whom it tells, and that tshark understands all that is sent."""
import os
import subprocess

import pytest
from harness import outside
from processes import until

VIRTUAL = outside(4, 200)


class Watched:
    """An appliance with one virtual router, a script, a tracked file, and a program that writes down what it is told."""

    def __init__(self, lab, track):
        self.folder = os.path.join(lab.folder, "watched")
        os.makedirs(self.folder, exist_ok=True)
        notify = self.path("notify")
        with open(notify, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\necho "$@" >> {self.path("told")}\n')
        os.chmod(notify, 0o755)
        instance = {"interface": "outside", "virtual_router_id": 51, "addresses": [VIRTUAL], "advert_interval_ms": 100,
                    "track": track, "notify": {"any": ["/bin/sh", notify], "fault": ["/bin/sh", notify, "at fault"]}}
        script = {"command": ["/bin/sh", "-c", f"test ! -e {self.path('broken')}"], "interval_ms": 100, "fall": 2}
        self.appliance = lab.appliance(vrrp={
            "instances": {"VI_1": instance}, "scripts": {"check": script},
            "files": {"drain": {"path": self.path("drain")}}, "script_user": "root"})

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text=""):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)

    def told(self):
        try:
            with open(self.path("told"), encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def state(self):
        return self.appliance.api.get("/v1/vrrp/VI_1")

    def close(self):
        self.appliance.stop()
        self.appliance.close()
        for name in os.listdir(self.folder):
            os.remove(self.path(name))


@pytest.fixture
def watched(lab, request):
    made = Watched(lab, request.param)
    made.appliance.start()
    until(lambda: made.state()["state"] == "master", "it is master", 8)
    yield made
    made.close()


@pytest.mark.parametrize("watched", [[{"script": "check"}, {"file": "drain", "weight": -10}]], indirect=True)
def test_scripts_and_files_decide_and_every_change_is_told_in_its_order(watched):
    watched.write("drain", "4\n")
    until(lambda: watched.state()["effective_priority"] == 60, "the file counts", 8)
    watched.write("broken")
    until(lambda: watched.state()["state"] == "fault", "the script fails", 8)
    tracked = watched.state()["tracking"][0]
    assert (tracked["state"], tracked["problem"]) == ("down", "exit code 1")
    os.remove(watched.path("broken"))
    until(lambda: watched.state()["state"] == "master", "the script is well again", 8)
    assert watched.appliance.api.metric("poise_check_up") == 1  # the script's; the file still says 4
    watched.appliance.stop()
    told = watched.told()
    lines = ["INSTANCE VI_1 MASTER 100", "at fault", "INSTANCE VI_1 FAULT 60", "INSTANCE VI_1 BACKUP 60",
             "INSTANCE VI_1 MASTER 60", "INSTANCE VI_1 STOP 60"]
    assert told[told.index(lines[0]):] == lines


@pytest.mark.parametrize("watched", [[{"script": "check", "weight": 20}]], indirect=True)
def test_a_script_that_hangs_is_ended_and_holds_up_no_advertisement(watched):
    assert watched.state()["effective_priority"] == 120
    config = watched.appliance.config
    config["vrrp"]["scripts"]["check"].update(command=["/bin/sleep", "100"], timeout_ms=300)
    watched.appliance.write_config()
    watched.appliance.reload()
    until(lambda: watched.state()["tracking"][0]["problem"] == "no answer in 300 ms", "the script has failed", 8)
    assert watched.state()["effective_priority"] == 100
    assert watched.state()["counters"]["master_transitions"] == 1


KINDS = {
    "v2": {"version": 2, "advert_interval_ms": 1000},
    "v2_password": {"version": 2, "advert_interval_ms": 1000, "authentication": "password", "password": "1111"},
    "v2_ah": {"version": 2, "advert_interval_ms": 1000, "authentication": "ah", "password": "1111"},
    "v3": {"advert_interval_ms": 100},
    "v3_ipv6": {"advert_interval_ms": 100, "addresses": ["fe80::200", "fd01::200"]},
    "v3_physical_mac": {"advert_interval_ms": 100, "virtual_mac": False},
}


def test_tshark_decodes_everything_that_is_sent_without_a_warning(lab):
    """Adverts of each kind, announcements, group reports, heartbeats, and the good-bye."""
    instances = {}
    for number, (name, more) in enumerate(KINDS.items()):
        instances[name] = {"interface": "outside", "virtual_router_id": 60 + number,
                           "addresses": [outside(4, 210 + number)], **more}
    appliance = lab.appliance(vrrp={"instances": instances, "heartbeats": {
        "client": {"interface": "outside", "peer": outside(4, 10), "interval_ms": 100}}})
    capture = os.path.join(lab.folder, "sent.pcap")
    client = lab.namespaces["client"]
    process = client.start("tcpdump", "tcpdump", "-U", "-i", "eth0", "-w", capture, "vrrp or proto 51 or arp or igmp or "
                           "icmp6 or udp port 3784 or (ip6 and proto 0)")
    until(lambda: os.path.exists(capture) and os.path.getsize(capture) >= 24, "tcpdump listens", 8)
    appliance.start()
    until(lambda: all(each["state"] == "master" for each in appliance.api.get("/v1/vrrp")), "all are masters", 10)
    appliance.stop()
    appliance.close()
    process.stop()

    def tshark(*options):
        done = subprocess.run(["tshark", "-n", "-r", capture, "-o", "ip.check_checksum:TRUE", *options],
                              capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.splitlines()
    wrong = tshark("-o", "vrrp.v3_checksum_as_in_v2:FALSE", "-Y",
                   "_ws.expert.severity >= 0x600000 || _ws.malformed || vrrp.checksum.status == 0")
    assert wrong == []
    for name, wanted in {"vrrp": "vrrp", "ah": "ah", "arp": "arp.isgratuitous == 1", "nd": "icmpv6.type == 136",
                         "bfd": "bfd", "bye": "vrrp.prio == 0", "igmp": "igmp.type == 0x22",
                         "mld": "icmpv6.type == 143"}.items():
        assert tshark("-Y", wanted), f"no packet: {name}"
