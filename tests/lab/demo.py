"""./run demo: a client, poised and three web servers on this machine, each in a network namespace of its own.

Every line with a "$" is a command that really runs; what only chooses a namespace is left out. Nothing stays behind,
also after Ctrl-C."""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

from appliance import POISE
from harness import Lab, outside, pool
from processes import die_with_parent, until

VIRTUAL = outside(4, 100)
SERVICE = {
    "pools": {"web": pool(4)},
    "services": {
        "web": {"address": VIRTUAL, "protocol": "tcp", "ports": 80, "pool": "web", "mode": "nat", "scheduler": "rr"},
    },
}
PICTURE = """
   client 10.1.0.10 ---- outside [ poised ] inside ---- one   10.2.0.11
                          10.1.0.1    10.2.0.1     |--- two   10.2.0.12
                service 10.1.0.100:80              '--- three 10.2.0.13
"""
MANY = "for i in $(seq {count}); do curl -s -m 2 http://" + VIRTUAL + "/ || echo failed; done | sort | uniq -c"


class Demo:
    def __init__(self, lab, colour):
        self.lab, self.colour = lab, colour
        self.client = lab.namespaces["client"].name
        self.appliance = lab.appliance()
        self.environment = dict(os.environ, POISE_SOCKET=self.appliance.api.path, S=self.appliance.api.path,
                                PATH=os.path.dirname(POISE) + ":" + os.environ["PATH"])
        if not colour:
            self.environment["NO_COLOR"] = "1"

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def title(self, text):
        print("\n" + self.paint("1;36", text), flush=True)

    def say(self, text):
        print(self.paint("2", text), flush=True)

    def shell(self, command, inside_of=None, check=True):
        """Shows a command, runs it, shows what it says as it says it."""
        where = "client" if inside_of else "appliance"
        print(self.paint("33", f"{where} $ ") + self.paint("1", command), flush=True)
        prefix = ["ip", "netns", "exec", inside_of] if inside_of else []
        with subprocess.Popen([*prefix, "sh", "-c", command], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              preexec_fn=die_with_parent) as running:
            for line in running.stdout:
                print("  " + line, end="", flush=True)
        if check and running.returncode != 0:
            raise RuntimeError(f"exit code {running.returncode}: {command}")

    def background(self, command):
        process = self.lab.namespaces["client"].start("background", "sh", "-c", command)
        self.lab.processes.append(process)
        return process

    def requests(self, count):
        self.shell(MANY.format(count=count), self.client)

    # --- the chapters ---

    def start(self):
        self.title("1. Five hosts, one machine")
        print(PICTURE)
        self.say("The appliance's two ports are taps that poised drives with DPDK; everyone else is a Linux kernel.")
        began = time.monotonic()
        self.appliance.start()
        self.say(f"poised runs after {time.monotonic() - began:.1f} s, without a service:")
        self.shell("poise interfaces")

    def create(self):
        self.title("2. A service, through the REST API")
        path = os.path.join(self.appliance.folder, "web.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(SERVICE, file, indent=1)
        self.environment["WEB"] = path
        self.say("web.json: " + json.dumps(SERVICE["services"]))
        self.shell("curl -sS --unix-socket $S -X PATCH -H 'Content-Type: application/merge-patch+json' "
                   "--data @$WEB http://poised/v1/config | jq -c '{revision, changes: [.changes[].path]}'")
        self.say("What is wrong is refused as a whole, with the place, the problem and the fix:")
        self.shell("poise config set services.web.sheduler maglev", check=False)

    def spread(self):
        self.title("3. Requests from the client spread over the servers")
        self.shell(f"curl -s http://{VIRTUAL}/who", self.client)
        self.requests(60)

    def drain(self):
        self.title("4. Draining a server: old connections end in peace, new ones go elsewhere")
        downloads = [self.background(f"curl -s -o /dev/null --limit-rate 6M -w '%{{size_download}}' http://{VIRTUAL}/file")
                     for _ in range(12)]
        until(lambda: all(self.servers()[role]["connections"] > 0 for role in ("one", "two", "three")), "downloads on every server")
        self.say("Twelve downloads of 20 MB are under way.")
        self.shell("poise pool web")
        self.shell("poise server drain web/two --wait")
        self.requests(30)
        for download in downloads:
            until(lambda: not download.running(), "a download ends", 30)
        whole = sum(download.child.returncode == 0 for download in downloads)
        self.say(f"{whole} of {len(downloads)} downloads arrived whole.")
        self.shell("poise server enable web/two")

    def kill(self):
        self.title("5. A server dies")
        process = self.lab.namespaces["three"].server
        process.kill()
        self.say("The web server of three is killed. The pool has no health check, so its share of requests fails:")
        self.requests(30)
        self.say("The operator takes it out:")
        self.shell("poise server disable web/three")
        self.requests(30)

    def look(self):
        self.title("6. What the appliance knows")
        load = self.background(f"while true; do curl -s -m 2 -o /dev/null http://{VIRTUAL}/; done")
        self.shell("poise top --count 3")
        load.kill()
        self.shell("poise service web")
        self.shell(f"poise explain tcp {outside(4, 10)}:40000 {VIRTUAL}:80")
        self.shell(f"curl -s -m 1 http://{VIRTUAL}:81/ || echo refused", self.client)
        self.shell("poise drops")
        self.shell("poise config revisions")

    def servers(self):
        rows = self.appliance.api.get("/v1/pools/web")["servers"]
        return {row["name"]: row for row in rows}

    def run(self):
        for chapter in (self.start, self.create, self.spread, self.drain, self.kill, self.look):
            chapter()


interrupted = False


def stop(*_):
    global interrupted
    interrupted = True
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--colour", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    lab, code = None, 0
    began = time.monotonic()
    try:
        lab = Lab()
        demo = Demo(lab, options.colour)
        demo.run()
        demo.title(f"That was it, in {time.monotonic() - began:.0f} s. Everything is taken down again.")
    except (KeyboardInterrupt, RuntimeError, AssertionError, OSError) as error:
        code = 130 if interrupted else report(error, lab)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if lab:
            lab.close()
    return code


def report(error, lab):
    """Why the demo ended early, with the end of poised's log. Returns the exit code."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    print(f"\nThe demo failed: {error}", file=sys.stderr)
    if lab and lab.appliances and lab.appliances[0].process:
        print("The end of poised's log:\n" + lab.appliances[0].process.output()[-3000:], file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
