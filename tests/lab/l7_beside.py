"""poised and Debian's haproxy side by side, with configurations that say the same. One description makes both: poise's
own JSON, of which `haproxy_config` writes the corresponding haproxy.cfg."""
import os

from l7_hosts import OURS, THEIRS
from processes import until

SYSLOG_OURS, SYSLOG_THEIRS = ("10.7.2.11", 5141), ("10.7.2.11", 5142)
HAPROXY = "/usr/sbin/haproxy"
TIMES = {"client_ms": "client", "client_fin_ms": "client-fin", "http_request_ms": "http-request",
         "http_keep_alive_ms": "http-keep-alive", "connect_ms": "connect", "server_ms": "server",
         "server_fin_ms": "server-fin", "queue_ms": "queue", "tunnel_ms": "tunnel"}


def frontend(port, backend, **more):
    return {"mode": "http", "transport": "kernel", "binds": [{"address": OURS, "port": port}],
            "default_backend": backend,
            "timeouts": {"client_ms": 1000, "http_request_ms": 400, "http_keep_alive_ms": 600},
            "log": {"format": "tcp" if more.get("mode") == "tcp" else "http"}, **more}


def backend(servers, **more):
    timeouts = {"connect_ms": 200, "server_ms": 600, "queue_ms": 300, "tunnel_ms": 0}
    return {"mode": "http", "transport": "kernel", "timeouts": timeouts, "retries": 1, "redispatch": False,
            "servers": servers, **more}


def _timeouts(section):
    return [f"  timeout {TIMES[key]} {value}" for key, value in section.get("timeouts", {}).items() if value]


def _frontend_lines(name, section, closes):
    yield f"frontend {name}" + (" from closing" if closes else " from plain")
    yield f"  mode {section['mode']}"
    for bind in section["binds"]:
        yield f"  bind {THEIRS}:{bind['port']}" + (" accept-proxy" if bind.get("accept_proxy") else "")
    yield from _timeouts(section)
    yield "  log global"
    yield f"  option {section['log']['format']}log"
    for capture in section["log"].get("request_headers", []):
        yield f"  capture request header {capture['header']} len {capture['length_max']}"
    for capture in section["log"].get("response_headers", []):
        yield f"  capture response header {capture['header']} len {capture['length_max']}"
    if "stats" in section:
        yield f"  stats uri {section['stats']['uri']}"
    if "forwarded_for" in section:
        yield "  option forwardfor"
    if section.get("connections_max"):
        yield f"  maxconn {section['connections_max']}"
    if section.get("default_backend"):
        yield f"  default_backend {section['default_backend']}"


def _backend_lines(name, section):
    yield f"backend {name}" + (" from closing" if section.get("abort_on_close") else " from plain")
    yield f"  mode {section['mode']}"
    yield f"  balance {section.get('balance', {}).get('algorithm', 'roundrobin')}"
    yield f"  retries {section['retries']}"
    if section["redispatch"]:
        yield "  option redispatch"
    yield from _timeouts(section)
    for server, row in sorted(section["servers"].items()):
        words = [f"  server {server} {row['address']}:{row['port']}"]
        words += [f"maxconn {row['connections_max']}"] if "connections_max" in row else []
        words += [f"weight {row['weight']}"] if "weight" in row else []
        words += ["send-proxy" if row["send_proxy"] == "v1" else "send-proxy-v2"] if "send_proxy" in row else []
        words += ["backup"] if row.get("backup") else []
        words += ["disabled"] if row.get("state") == "down" else []
        yield " ".join(words)


def haproxy_config(config, folder):
    lines = ["global", f"  log {SYSLOG_THEIRS[0]}:{SYSLOG_THEIRS[1]} local0", "  nbthread 1",
             f"  stats socket {folder}/haproxy.sock mode 600 level admin", "  maxconn 400"]  # within 1,024 open files
    # A frontend looks for a client that has ended only where it is told so itself.
    lines += ["defaults plain", "defaults closing", "  option abortonclose"]
    for name, section in sorted(config["frontends"].items()):
        into = config["backends"].get(section.get("default_backend"), {})
        lines += _frontend_lines(name, section, into.get("abort_on_close"))
    for name, section in sorted(config["backends"].items()):
        lines += _backend_lines(name, section)
    return "\n".join(lines) + "\n"


class HAProxy:
    """Debian's, in the foreground, with a configuration of the test."""

    def __init__(self, hosts, text):
        self.path = os.path.join(hosts.folder, "haproxy.cfg")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        self.process = hosts.proxy.start("haproxy", HAPROXY, "-db", "-f", self.path)

    def close(self):
        self.process.stop()


class Beside:
    """Both, running; `sides` says where each listens and logs."""

    def __init__(self, hosts, syslog, config):
        self.logs = {"ours": hosts.later(syslog(hosts.servers, *SYSLOG_OURS)),
                     "theirs": hosts.later(syslog(hosts.servers, *SYSLOG_THEIRS))}
        self.addresses = {"ours": OURS, "theirs": THEIRS}
        log = {"address": SYSLOG_OURS[0], "port": SYSLOG_OURS[1], "facility": "local0"}
        self.haproxy = hosts.later(HAProxy(hosts, haproxy_config(config, hosts.folder)))
        self.poised = hosts.poised(log_servers={"local": log}, **config)
        ports = [bind["port"] for section in config["frontends"].values() for bind in section["binds"]]
        until(lambda: all(f"{THEIRS}:{port} " in hosts.proxy.execute("ss", "-ltn") for port in ports)
              or not self.haproxy.process.running(), "haproxy listens")
        assert self.haproxy.process.running(), self.haproxy.process.output()

    def close(self):
        self.haproxy.close()
        assert self.poised.stop() == 0
