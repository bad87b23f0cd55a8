"""What the statistics say is what clients counted: page, CSV, Prometheus and REST alike."""
import pytest
from l7_client import Talk
from l7_hosts import OURS, SERVERS
from l7_origin import Origin
from processes import until


@pytest.fixture(scope="module")
def counted(hosts):
    """poised after a known traffic: (poised, what the client said in bytes, what it heard in bytes, answers by class)."""
    made = [Origin(hosts.servers, address, 8000) for address in SERVERS.values()]
    rows = {name: {"address": address, "port": 8000} for name, address in SERVERS.items()}
    running = hosts.poised(
        frontends={"web": {"transport": "kernel", "binds": [{"port": 80}], "default_backend": "web",
                           "stats": {"uri": "/haproxy?stats"}},
                   "stats": {"transport": "kernel", "binds": [{"port": 81}], "stats": {"uri": "/"}}},
        backends={"web": {"transport": "kernel", "servers": rows}})
    said = heard = 0
    classes = {"2": 0, "3": 0, "4": 0, "5": 0}
    requests = 0
    for _ in range(4):
        with Talk(hosts.client, OURS) as client:
            raw = b""
            for target, method, body in (("/bytes/1000", "GET", ""), ("/chunked/30000", "GET", ""), ("/status/404", "GET", ""),
                                         ("/status/301", "GET", ""), ("/bytes/5", "HEAD", ""), ("/hints", "GET", ""),
                                         ("/echo", "POST", "3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"), ("/status/500", "GET", "")):
                fields = "Transfer-Encoding: chunked\r\n" if body else ""
                raw = f"{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}".encode()
                said += len(raw)
                requests += 1
                client.say(raw)
                message = client.hear(method)
                if target == "/hints":
                    message = client.hear(method)
                classes[message.first.split(" ")[1][0]] += 1
            client.finish()
            client.rest()
            heard += client.reader.count
    yield running, {"in": said, "out": heard, "requests": requests, "classes": classes, "connections": 4}
    assert running.stop() == 0
    for origin in made:
        origin.close()


def csv_rows(hosts):
    with Talk(hosts.client, OURS, 81) as client:
        text = client.ask("GET", "/;csv", "Connection: close").body.decode()
    header, *rows = [line.split(",") for line in text.splitlines() if line]
    header[0] = header[0].removeprefix("# ")
    return {(row[0], row[1]): dict(zip(header, row)) for row in rows}


def test_csv_says_what_the_client_counted(hosts, counted):
    running, want = counted
    until(lambda: running.api.get("/v1/frontends/web")["sessions"] == 0, "all is over")
    rows = csv_rows(hosts)
    for row in (rows["web", "FRONTEND"], rows["web", "BACKEND"]):
        assert (int(row["bin"]), int(row["bout"])) == (want["in"], want["out"]), row["svname"]
        assert {key: int(row[f"hrsp_{key}xx"]) for key in want["classes"]} == want["classes"]
    front, back = rows["web", "FRONTEND"], rows["web", "BACKEND"]
    assert (int(front["stot"]), int(front["req_tot"])) == (want["connections"], want["requests"])
    assert int(back["stot"]) == want["requests"] and int(front["scur"]) == int(back["scur"]) == 0
    servers = [row for (proxy, name), row in rows.items() if proxy == "web" and name in SERVERS]
    for column in ("stot", "bin", "bout", "hrsp_2xx", "lbtot"):
        assert sum(int(row[column]) for row in servers) == int(back[column]), column


def test_rest_and_prometheus_say_the_same_as_csv(hosts, counted):
    running, want = counted
    front, back = running.api.get("/v1/frontends/web"), running.api.get("/v1/backends/web")
    for row in (front, back):
        assert (row["bytes_in"], row["bytes_out"]) == (want["in"], want["out"])
        assert {key: row[f"responses_{key}xx"] for key in want["classes"]} == want["classes"]
    assert front["requests_total"] == want["requests"]
    assert sum(row["bytes_out"] for row in back["servers"]) == want["out"]
    _, _, text = running.api.raw("GET", "/metrics")
    values = {}
    for line in text.decode().splitlines():
        if line.startswith("poise_frontend_") and 'frontend="web"' in line:
            key, value = line.rsplit(" ", 1)
            values[key.split("{")[0]] = values.get(key.split("{")[0], 0) + float(value)
    assert values["poise_frontend_bytes_in_total"] == want["in"], sorted(values)
    assert values["poise_frontend_bytes_out_total"] == want["out"]
    assert values["poise_frontend_requests_total"] == want["requests"]


def test_the_page_shows_every_row(hosts, counted):
    with Talk(hosts.client, OURS, 81) as client:
        page = client.ask("GET", "/", "Connection: close").body.decode()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>")
    for name in (*SERVERS, "web", "stats", "Frontend", "Backend"):
        assert name in page, name
