"""./run demo l7: HAProxy's job. The haproxy.cfg of every tutorial becomes poised's configuration; a client asks, a
server stops and comes back, and the log, the statistics and the page say what happened. Nothing stays behind, also
after Ctrl-C."""
import argparse
import collections
import json
import os
import shutil
import signal
import sys
import tempfile
import time

import demo
from appliance import ROOT, Appliance
from harness import HERE, PYTHON
from l7_syslog import Syslog
from net import FOLDER_PREFIX, Namespace, bridge, plug
from processes import run, until

CONFIG = """\
global
    log 127.0.0.1 local0
    maxconn 4096
    user haproxy
    group haproxy

defaults
    log     global
    mode    http
    option  httplog
    timeout connect 5000ms
    timeout client  50000ms
    timeout server  50000ms

frontend http_front
    bind *:80
    stats uri /haproxy?stats
    default_backend http_back

backend http_back
    balance roundrobin
    server server1 192.168.1.101:80 check
    server server2 192.168.1.102:80 check
"""
ADDRESS = "203.0.113.1"
SERVERS = {"server1": "192.168.1.101", "server2": "192.168.1.102"}
PICTURE = """
   client 203.0.113.10 ---- [ poised ] ----+-- server1 192.168.1.101
                     203.0.113.1:80         '-- server2 192.168.1.102
"""
BROWSER = ("chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
           "--disable-component-update --disable-sync --hide-scrollbars --user-data-dir={profile} --window-size=1720,700 "
           "--screenshot={picture} 'http://" + ADDRESS + "/haproxy?stats'")


class WebHosts:
    """A client, an appliance without a port of the datapath, and the two servers of the tutorial."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-")
        self.namespaces, self.processes, self.appliances = {}, [], []
        try:
            for role in ("appliance", "client", *SERVERS):
                self.namespaces[role] = Namespace(role, self.folder)
            switch = self.namespaces["appliance"]
            bridge(switch, "outside")
            bridge(switch, "inside")
            switch.ip(f"address add {ADDRESS}/24 dev outside", "address add 192.168.1.1/24 dev inside")
            plug(self.namespaces["client"], "eth0", switch, "outside", "203.0.113.10/24")
            for role, address in SERVERS.items():
                plug(self.namespaces[role], "eth0", switch, "inside", f"{address}/24")
                self.serve(role)
        except BaseException:
            self.close()
            raise

    def serve(self, role):
        namespace = self.namespaces[role]
        namespace.server = namespace.start("server", PYTHON, "-B", os.path.join(HERE, "server.py"), role, "/dev/null",
                                           SERVERS[role])
        self.processes.append(namespace.server)
        until(lambda: namespace.server.output().rstrip().endswith("ready"), f"{role} serves")

    def appliance(self):
        made = Appliance(self.namespaces["appliance"], [], {})
        self.appliances.append(made)
        return made

    def close(self):
        for made in self.appliances:
            made.close()
        for process in self.processes:
            process.kill()
        for namespace in self.namespaces.values():
            namespace.delete()
        shutil.rmtree(self.folder, ignore_errors=True)


class ProxyDemo(demo.Demo):
    def __init__(self, hosts, colour):
        super().__init__(hosts, colour)
        self.syslog = Syslog(hosts.namespaces["appliance"], "127.0.0.1")

    def ask(self, count, what="/"):
        self.shell(f"for i in $(seq {count}); do curl -s -m 9 -w ' %{{http_code}} after %{{time_total}} s\\n' "
                   f"http://{ADDRESS}{what} | tr -d '\\n'; echo; done", self.client)

    def logged(self, count):
        """The last lines that the syslog server has got."""
        until(lambda: len(self.syslog.raw) >= count, "log lines")
        for line in self.syslog.raw[-count:]:
            print("  " + self.paint("35", line), flush=True)

    # --- the chapters ---

    def start(self):
        self.title("1. The configuration of every tutorial")
        print(PICTURE)
        self.environment["CFG"] = os.path.join(self.appliance.folder, "haproxy.cfg")
        self.environment["JSON"] = os.path.join(self.appliance.folder, "imported.json")
        with open(self.environment["CFG"], "w", encoding="utf-8") as file:
            file.write(CONFIG)
        self.shell("cat $CFG")
        self.shell("poise config import $CFG --output $JSON")
        with open(self.environment["JSON"], encoding="utf-8") as file:
            config = json.load(file)
        self.appliance.config.update(config)
        self.appliance.config.setdefault("api", {})["socket"] = self.appliance.api.path
        self.appliance.write_config()
        began = time.monotonic()
        self.appliance.start()
        self.say(f"poised serves after {time.monotonic() - began:.1f} s, over the kernel's sockets: no port, no huge pages.")

    def serve(self):
        self.title("2. Requests take turns, and each leaves a line")
        self.ask(4)
        self.say("The lines that the syslog server at 127.0.0.1 got, as HAProxy writes them:")
        self.logged(4)

    def stop_one(self):
        self.title("3. A server stops, and comes back")
        self.lab.namespaces["server1"].server.kill()
        self.say("server1's web server is killed. The file has no `option redispatch`, so until the checks (every 2 s, 3 have to fail) "
                 "take it out,\nwho gets it is answered 503 after three retries, as with HAProxy. The client:")
        self.ask(6)
        self.logged(6)
        self.lab.serve("server1")
        self.say("It is started again:")

        def is_back():
            answers = collections.Counter(run("ip", "netns", "exec", self.client, "curl", "-s", "-m", "9",
                                              f"http://{ADDRESS}/", check=False).strip() for _ in range(4))
            return answers["server1"] >= 1
        until(is_back, "server1 serves again", 20)
        self.ask(4)

    def change(self):
        self.title("4. Changes without a reload")
        self.shell("poise config set backends.http_back.servers.server1.weight 3")
        self.shell(f"for i in $(seq 40); do curl -s http://{ADDRESS}/; done | sort | uniq -c", self.client)
        self.shell("poise backend http_back")
        self.shell("curl -s --unix-socket $S http://poised/v1/backends/http_back | "
                   "jq -c '.servers[] | {name, status, sessions_total, bytes_out, retries, redispatches}'")

    def look(self):
        self.title("5. The statistics page")
        self.shell(f"curl -s 'http://{ADDRESS}/haproxy?stats;csv' | cut -d, -f1,2,5,8,9,10,14,16,17,18", self.client)
        if shutil.which("chromium") is None:
            self.say(f"With the package chromium there would be a picture of http://{ADDRESS}/haproxy?stats here.")
            return
        picture = os.path.join(ROOT, "build", "demo-l7-stats.png")
        profile = os.path.join(self.lab.folder, "browser")
        os.makedirs(os.path.dirname(picture), exist_ok=True)
        self.lab.namespaces["client"].execute("sh", "-c", BROWSER.format(profile=profile, picture=picture), check=False)
        if os.path.exists(picture):
            self.say(f"What Chromium shows of http://{ADDRESS}/haproxy?stats: {os.path.relpath(picture, ROOT)}")

    def run(self):
        for chapter in (self.start, self.serve, self.stop_one, self.change, self.look):
            chapter()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--colour", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, demo.stop)
    hosts, code = None, 0
    began = time.monotonic()
    try:
        hosts = WebHosts()
        shown = ProxyDemo(hosts, options.colour)
        shown.run()
        shown.title(f"That was it, in {time.monotonic() - began:.0f} s. Everything is taken down again.")
    except (KeyboardInterrupt, RuntimeError, AssertionError, OSError) as error:
        code = 130 if demo.interrupted else demo.report(error, hosts)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if hosts:
            hosts.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
