"""./run bench l7: what a request costs the proxy, beside Debian's haproxy and nginx: the same client (wrk), the same
servers (nginx), one thread each, pinned; interleaved, the best of some runs. poised is there twice: over the kernel's
sockets, in the same place as the others, and as a worker with TCP of its own, on ports in memory in one process
(./run bench l7-core), of which the worker's rounds count. Nothing stays behind."""
import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import time

import demo
from appliance import ROOT
from bench_failover import Report
from l7_beside import HAPROXY, HAProxy
from l7_client import Talk
from l7_hosts import OURS, SERVERS, THEIRS, Hosts
from l7_nginx import Nginx, origins
from processes import run, until

OURS_CPU, CLIENT_CPU = 0, 1
ORIGIN_PORT = 8010
NGINX_PORT_OFFSET = 1000
LOADS = {  # name: (title, port, target, connections, fields, the worker's load)
    "ka100": ("keep-alive, 100 B", 80, "/100", 32, (), "100 B, keep-alive, 64"),
    "ka16k": ("keep-alive, 16 KB", 80, "/16384", 32, (), "16 KB, keep-alive"),
    "ka1m": ("keep-alive, 1 MB", 80, "/1048576", 16, (), "1 MB, keep-alive"),
    "close": ("a connection each, 100 B", 80, "/100", 32, ("Connection: close",), "a connection each"),
    "tcp": ("mode tcp, 100 B", 100, "/100", 32, (), "mode tcp"),
}
WORKER, SOCKETS = "worker", "sockets"
PROXIES = (WORKER, SOCKETS, "haproxy", "nginx")
RATIOS = ((WORKER, "haproxy"), (WORKER, "nginx"), (SOCKETS, "haproxy"), (SOCKETS, "nginx"))
WIDTHS = (26, 16, 16, 16, 16, 18, 16, 19, 15)
CORE_BENCH = os.path.join(ROOT, "build-bench", "tests", "bench", "l7_bench")
IDLE = 8000

HAPROXY_CONFIG = f"""
global
  nbthread 1
  maxconn 9000
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 600s
frontend web
  mode http
  bind {THEIRS}:80
  default_backend web
backend web
  mode http
  balance roundrobin
  http-reuse always
  server one {SERVERS['one']}:{ORIGIN_PORT}
  server two {SERVERS['two']}:{ORIGIN_PORT}
frontend tcp
  mode tcp
  bind {THEIRS}:100
  default_backend tcp
backend tcp
  mode tcp
  server one {SERVERS['one']}:{ORIGIN_PORT}
  server two {SERVERS['two']}:{ORIGIN_PORT}
"""
NGINX_UPSTREAMS = f"""
  upstream web {{ server {SERVERS['one']}:{ORIGIN_PORT}; server {SERVERS['two']}:{ORIGIN_PORT}; keepalive 256;
    keepalive_requests 1000000000; }}
"""
NGINX_SERVER = f"""
  server {{ listen {THEIRS}:{80 + NGINX_PORT_OFFSET} backlog=8192;
    location / {{ proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
"""


def our_config():
    servers = {name: {"address": SERVERS[name], "port": ORIGIN_PORT} for name in ("one", "two")}
    timeouts = {"client_ms": 60000, "http_keep_alive_ms": 600000}
    fronts, backs = {}, {}
    for mode, port in (("http", 80), ("tcp", 100)):
        fronts[mode] = {"mode": mode, "transport": "kernel", "binds": [{"address": OURS, "port": port}],
                        "default_backend": mode, "timeouts": timeouts}
        backs[mode] = {"mode": mode, "transport": "kernel", "servers": servers}
    return {"frontends": fronts, "backends": backs}


def cpu_s(pid):
    """What all threads of a process have used."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def memory_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def pin(pid, cpu):
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {cpu})


class Bench:
    def __init__(self, hosts, options, report):
        self.hosts, self.options, self.report = hosts, options, report
        hosts.later(origins(hosts.servers, list(SERVERS.values()), ORIGIN_PORT, cpu=CLIENT_CPU))
        self.processes = {SOCKETS: hosts.poised(**our_config()).process}
        if os.path.exists(HAPROXY):
            self.processes["haproxy"] = hosts.later(HAProxy(hosts, HAPROXY_CONFIG)).process
        nginx = Nginx(hosts.proxy, "proxy", NGINX_SERVER, NGINX_UPSTREAMS, OURS_CPU)
        self.processes["nginx"] = hosts.later(nginx).process
        for name, port in (("haproxy", 80), ("nginx", 80 + NGINX_PORT_OFFSET)):
            until(lambda port=port: f"{THEIRS}:{port} " in hosts.proxy.execute("ss", "-ltn"), name)
        self.pids = {name: process.child.pid for name, process in self.processes.items()}  # ip(8) has become it
        for pid in self.pids.values():
            pin(pid, OURS_CPU)

    def where(self, name, port):
        return {SOCKETS: (OURS, port), "haproxy": (THEIRS, port), "nginx": (THEIRS, port + NGINX_PORT_OFFSET)}[name]

    def one_run(self, name, load):
        """(microseconds of the proxy's processor a request, requests a second)"""
        _, port, target, connections, fields, worker_load = LOADS[load]
        if name == WORKER:
            said = run("taskset", "-c", str(OURS_CPU), CORE_BENCH, worker_load)
            spent_ns = float(re.search(r"(\d+) ns a request", said).group(1))
            return spent_ns / 1000, 1e9 / spent_ns
        address, port = self.where(name, port)
        command = ["taskset", "-c", str(CLIENT_CPU), "wrk", "-t1", f"-c{connections}", f"-d{self.options.seconds}s",
                   "--timeout", "10s"]
        for field in fields:
            command += ["-H", field]
        before, began = cpu_s(self.pids[name]), time.monotonic()
        text = self.hosts.client.execute(*command, f"http://{address}:{port}{target}")
        used, took = cpu_s(self.pids[name]) - before, time.monotonic() - began
        if "Non-2xx" in text or "Socket errors" in text:
            print(f"{name}: {text}", file=sys.stderr)
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        return used / max(requests, 1) * 1e6, requests / took

    def loads(self):
        self.report.table(("load", *PROXIES, *(f"{ours} / {theirs}" for ours, theirs in RATIOS)),
                          f"Microseconds of the proxy's processor a request, and requests a second; best of "
                          f"{self.options.runs}:")
        for load in self.options.loads:
            best = {}
            for _ in range(self.options.runs):
                for name in (WORKER, *self.pids):
                    if not (load == "tcp" and name == "nginx"):
                        best[name] = min(best.get(name, (1e9, 0)), self.one_run(name, load))
            cells = [f"{best[name][0]:.1f}, {best[name][1]:,.0f}" if name in best else "-" for name in PROXIES]
            ratios = [f"{best[ours][0] / best[theirs][0]:.2f}" if theirs in best else "-" for ours, theirs in RATIOS]
            self.report.row((LOADS[load][0], *cells, *ratios))

    def memory(self):
        """Connections that have had a request and now wait for the next."""
        self.report.table(("proxy", "idle keep-alive connections", "kB each"), "Memory of the process (VmRSS):")
        for name in self.pids:
            address, port = self.where(name, 80)
            before, talks = memory_kb(self.pids[name]), []
            for _ in range(IDLE):
                talks.append(Talk(self.hosts.client, address, port))
                talks[-1].get("/100")
            time.sleep(1)
            each = (memory_kb(self.pids[name]) - before) / IDLE
            self.report.row((name, str(IDLE), f"{each:.2f}"))
            for talk in talks:
                talk.close()


def head_line():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    commit = run("git", "-C", ROOT, "describe", "--always", "--dirty", check=False).strip() or "unknown"
    versions = [subprocess.run(command, capture_output=True, text=True, check=False) for command in
                ((HAPROXY, "-v"), ("/usr/sbin/nginx", "-v"))]
    said = "; ".join((done.stdout + done.stderr).split("\n")[0].split(" - ")[0] for done in versions)
    return (f"{time.strftime('%Y-%m-%d %H:%M')}, Linux {os.uname().release}, {model}, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}; commit {commit}; {said}")


def parse_options():
    parser = argparse.ArgumentParser(prog="./run bench l7", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each load and proxy (default 5)")
    parser.add_argument("--seconds", type=int, default=3, help="of each run (default 3)")
    parser.add_argument("--loads", type=lambda text: text.split(","), default=list(LOADS),
                        help="some of " + ",".join(LOADS))
    parser.add_argument("--no-memory", action="store_true", help="without the idle connections")
    return parser.parse_args()


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, demo.stop)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    report, hosts, code = Report(os.path.join(ROOT, "build", "l7.md"), head_line(), WIDTHS), None, 0
    try:
        hosts = Hosts()
        bench = Bench(hosts, options, report)
        bench.loads()
        if not options.no_memory:
            bench.memory()
        print(f"\nThe same as Markdown: {report.path}")
    except KeyboardInterrupt:
        code = 130
    except (RuntimeError, AssertionError, OSError) as error:
        code = 1
        print(f"\nThe bench failed: {error!r}", file=sys.stderr)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if hosts:
            hosts.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
