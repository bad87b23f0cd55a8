"""The same conversations with poised and with Debian's haproxy, configured alike: what the client hears, what the log
says and what the statistics count is the same, or the difference stands in DIFFERENCES with its reason."""
import concurrent.futures
import re
import time

import pytest
from l7_beside import Beside
from l7_client import Talk
from l7_conversations import CONVERSATIONS, COUNTED, COUNTED_PORT, PLAIN_PORT, configuration
from l7_differences import CSV_DIFFERENCES, DIFFERENCES
from l7_hosts import SERVERS
from l7_origin import Gone, Message, Origin, Reader, lines
from l7_syslog import Syslog, parse

TIMER_TOLERANCE_MS = 150
PAGE = re.compile(rb"(?s)HTTP/1.1 [^\r]*\r\n(?:[^\r]+\r\n)*\r\n<html><body><h1>")


@pytest.fixture(scope="module")
def beside(hosts):
    origins = [Origin(hosts.servers, SERVERS["one"], 8000), Origin(hosts.servers, SERVERS["two"], 8000),
               Origin(hosts.servers, SERVERS["one"], 8002, lines)]
    try:
        made = Beside(hosts, Syslog, configuration())
        yield made
        made.close()
    finally:
        for origin in origins:
            origin.close()


def normalised(data):
    """What a client heard, by what it means: names in lower case and sorted, chunks put together. Pages of the proxy's
    own stay as they are."""
    said, reader = [], Reader(None)
    reader.buffer = data
    try:
        while reader.buffer.startswith(b"HTTP/1.1 "):
            if PAGE.match(reader.buffer):
                break
            message = Message(reader.until(b"\r\n\r\n"))
            fields = sorted((name.lower(), value.lower() if name.lower() == "connection" else value)
                            for name, value in message.fields if name.lower() != "date")
            is_chunked = message.get("transfer-encoding") == "chunked"
            body, trailers = reader.chunks() if is_chunked else (b"", [])
            if message.get("content-length") and not is_chunked:
                size = int(message.get("content-length"))
                body, reader.buffer = reader.buffer[:size], reader.buffer[size:]
            said.append((message.first, fields, body[:2000], trailers))
    except (AttributeError, ValueError):
        said.append("unfinished")
    return said, reader.buffer[:2000]


def logged(beside, side, port, since):
    """The fields of each line about the connection from this port, or [] where there is none. A port may have had
    another connection before: only lines from number `since` on are looked at."""
    return [parse(line) for line in beside.logs[side].lines()[since:] if re.match(rf"\S+:{port} \[", line)]


def converse(hosts, beside, side, conversation):
    since = len(beside.logs[side].lines())
    talk = Talk(hosts.client, beside.addresses[side], conversation.port, 8.0, conversation.receive_buffer)
    port = talk.socket.getsockname()[1]
    try:
        heard = conversation.play(talk) or b""
    except (OSError, Gone) as error:
        heard = repr(error).encode()
    talk.close()
    deadline = time.monotonic() + 3
    while len(logged(beside, side, port, since)) < conversation.lines and time.monotonic() < deadline:
        time.sleep(0.02)
    return normalised(heard), logged(beside, side, port, since), len(heard)


def differences(ours, theirs):
    """{what: (ours, theirs)} of two outcomes. Of HTTP, HAProxy counts its own form of the bytes, not those that it sends."""
    found = {}
    if ours[0] != theirs[0]:
        found["heard"] = (ours[0], theirs[0])
    if len(ours[1]) != len(theirs[1]):
        found["lines"] = (ours[1], theirs[1])
    for number, (a, b) in enumerate(zip(ours[1], theirs[1])):
        for key, value in a.items():
            is_passed_over = key in ("client", "date") or (key == "bytes" and "request" in a)
            if is_passed_over or value == b[key]:
                continue
            if key == "timers":
                pairs = zip(value, b[key])
                if all((x < 0) == (y < 0) and abs(x - y) <= TIMER_TOLERANCE_MS for x, y in pairs):
                    continue
            found[f"{key}" if number == 0 else f"{key}[{number}]"] = (value, b[key])
    return found


@pytest.fixture(scope="module")
def outcomes(hosts, beside):
    """Every conversation with both: one after the other within a proxy, so that loads are the same; both proxies at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        def all_of(side):
            return {conversation.name: converse(hosts, beside, side, conversation) for conversation in CONVERSATIONS}
        ours, theirs = pool.map(all_of, ("ours", "theirs"))
    return {name: (ours[name], theirs[name]) for name in ours}


@pytest.mark.parametrize("name", [conversation.name for conversation in CONVERSATIONS])
def test_a_conversation_is_heard_and_logged_as_haproxy_does(outcomes, name):
    found = differences(*outcomes[name])
    expected = DIFFERENCES.get(name, {})
    shown = "\n".join(f"{key}: ours {pair[0]!r}\n   theirs {pair[1]!r}" for key, pair in found.items())
    assert set(found) == set(expected), shown


@pytest.mark.parametrize("conversation", [each for each in CONVERSATIONS if each.hears_all], ids=lambda each: each.name)
def test_the_bytes_of_a_line_are_those_that_the_client_heard(outcomes, conversation):
    """Heads, bodies, chunk sizes and trailers; interim responses too."""
    _, lines_of, count = outcomes[conversation.name][0]
    assert sum(int(fields["bytes"]) for fields in lines_of) == count


def test_at_least_twenty_ways_to_end_are_among_them(outcomes):
    states = {fields["state"] for ours, _ in outcomes.values() for fields in ours[1]}
    assert len(states) >= 20, sorted(states)


# --- statistics ---

def csv(hosts, beside, side):
    """The header, and the rows of what is counted here."""
    with Talk(hosts.client, beside.addresses[side], PLAIN_PORT) as talk:
        talk.say("GET /haproxy?stats;csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        text = talk.hear().body.decode()
    header, *rows = [line.split(",") for line in text.splitlines() if line]
    header[0] = header[0].removeprefix("# ")
    return header, {(row[0], row[1]): dict(zip(header, row)) for row in rows}


def test_the_statistics_have_haproxys_columns_and_counts(hosts, beside):
    """After the same conversations every cell is the same, but for the columns that CSV_DIFFERENCES names."""
    def play(side):
        for text in COUNTED:
            with Talk(hosts.client, beside.addresses[side], COUNTED_PORT) as talk:
                talk.say(text).rest()
        time.sleep(0.2)
        return csv(hosts, beside, side)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        (ours_header, ours), (theirs_header, theirs) = pool.map(play, ("ours", "theirs"))
    assert ours_header == theirs_header
    assert list(ours) == list(theirs)
    wrong = {}
    for row in (row for row in ours if row[0] in ("on_counted", "counted")):
        for column, theirs_value in theirs[row].items():
            if ours[row][column] != theirs_value and column:
                wrong.setdefault(column, []).append(f"{row[1]}: ours {ours[row][column]!r}, theirs {theirs_value!r}")
    unlisted = {column: rows for column, rows in wrong.items() if column not in CSV_DIFFERENCES}
    assert not unlisted, unlisted
