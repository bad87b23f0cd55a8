"""The words that cases are written in: addresses of the little network, packets before and after, and Case, which
collects one folder. What leaves is built by scapy from what the standards say, checksums included; nothing here
looks at the appliance's code.  clients --- router --- outside [appliance] inside --- servers  The client
203.0.113.7 (2001:db8:c::7) is behind a router of the outside net; servers are on the inside net."""
import copy
import json
import pathlib
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6PacketTooBig,
                                ICMPv6ParamProblem,
                                ICMPv6TimeExceeded, IPv6, IPv6ExtHdrFragment)
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

INSIDE, OUTSIDE = "inside", "outside"
PORT_MAC = {INSIDE: "02:00:00:00:01:01", OUTSIDE: "02:00:00:00:01:02"}


class Net:
    """Everybody's address in one family."""

    def __init__(self, family):
        four = family == 4
        self.family = family
        self.client = "203.0.113.7" if four else "2001:db8:c::7"
        self.client2 = "203.0.113.8" if four else "2001:db8:c::8"
        self.router = "10.1.0.254" if four else "2001:db8:1::254"
        self.outside = "10.1.0.1" if four else "2001:db8:1::1"
        self.near = "10.1.0.50" if four else "2001:db8:1::50"      # a station on the outside net itself
        self.vip = "10.1.0.80" if four else "2001:db8:1::80"
        self.inside = "10.2.0.1" if four else "2001:db8:2::1"
        self.snat = "10.2.0.100" if four else "2001:db8:2::100"
        self.a = "10.2.0.11" if four else "2001:db8:2::11"
        self.b = "10.2.0.12" if four else "2001:db8:2::12"
        self.c = "10.2.0.13" if four else "2001:db8:2::13"
        self.any_prefix = "0.0.0.0/0" if four else "::/0"
        self.header = 20 if four else 40


V4, V6 = Net(4), Net(6)
NETS = (V4, V6)


def mac_of(address):
    """The MAC address that a station of the little network has."""
    if ":" not in address:
        last = [int(octet) for octet in address.split(".")]
    else:
        import ipaddress
        last = list(ipaddress.ip_address(address).packed[12:])
    return "02:00:" + ":".join(f"{octet:02x}" for octet in last)


def ip(source, destination, ttl=64, **fields):
    """An IP header of the family of the addresses; IPv4 with DF unless told otherwise."""
    if ":" in source:
        return IPv6(src=source, dst=destination, hlim=ttl, **fields)
    fields = {"id": 0x1234, "flags": "DF"} | fields
    return IP(src=source, dst=destination, ttl=ttl, **fields)


def frame(port, packet, source):
    """As `source`, a neighbor on that port's link, sends it to the appliance."""
    return Ether(src=mac_of(source), dst=PORT_MAC[port]) / packet


def sent(port, packet, destination):
    """As the appliance sends it to `destination`, a neighbor on that port's link."""
    return Ether(src=PORT_MAC[port], dst=mac_of(destination)) / packet


def from_router(packet):
    return frame(OUTSIDE, packet, (V6 if IPv6 in packet and not isinstance(packet, IP) else V4).router)


def to_router(packet):
    return sent(OUTSIDE, packet, (V6 if isinstance(packet, IPv6) else V4).router)


def from_server(packet, server=None):
    return frame(INSIDE, packet, server or packet.src)


def to_server(packet, server=None):
    return sent(INSIDE, packet, server or packet.dst)


def hop(packet, hops=1, **addresses):
    """The packet one hop on, with other addresses or ports: src, dst, sport, dport. Checksums are computed anew
    unless they were given."""
    after = copy.deepcopy(packet)
    if isinstance(after, IP):
        after.ttl -= hops
    else:
        after.hlim -= hops
    for name in ("src", "dst"):
        if name in addresses:
            setattr(after, name, addresses[name])
    transport = after.getlayer(TCP) or after.getlayer(UDP)
    for name in ("sport", "dport"):
        if name in addresses:
            setattr(transport, name, addresses[name])
    return after


def quote_v4(about, most=576 - 28):
    """What an ICMP error says of a packet (RFC 1812 4.3.2.3)."""
    return bytes(about)[:most]


def icmp_error(source, about, kind, mtu=0, quoted=None):
    """An ICMP or ICMPv6 error of `kind` by `source` about a packet, to its sender."""
    quoted = bytes(about) if quoted is None else quoted
    if isinstance(about, IP):
        number = {"ttl": (11, 0), "too_big": (3, 4), "net": (3, 0), "host": (3, 1), "protocol": (3, 2), "port": (3, 3),
                  "admin": (3, 13)}[kind]
        head = struct.pack("!BBHHH", number[0], number[1], 0, 0, mtu)
        return IP(src=source, dst=about.src, tos=0xc0, id=0, ttl=64, proto=1) / Raw(with_icmp_checksum(head +
                                                                                                       quoted[:548]))
    number = {"ttl": (3, 0), "too_big": (2, 0), "net": (1, 0), "host": (1, 3), "protocol": (4, 1), "port": (1, 4),
              "admin": (1, 1)}[kind]
    head = struct.pack("!BBHI", number[0], number[1], 0, mtu)
    return icmp6(source, about.src, head + quoted[:1232], tc=0xc0)


def internet_sum(data):
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def with_icmp_checksum(message):
    return message[:2] + struct.pack("!H", internet_sum(message[:2] + b"\0\0" + message[4:])) + message[4:]


def icmp4(source, destination, message, ttl=64, **fields):
    """An ICMP message from bytes; the checksum is computed."""
    return ip(source, destination, ttl, proto=1, **fields) / Raw(with_icmp_checksum(message))


def icmp6(source, destination, message, ttl=64, **fields):
    """The same for ICMPv6, with its pseudo header."""
    header = IPv6(src=source, dst=destination, hlim=ttl, nh=58, **fields)
    pseudo = bytes(header)[8:40] + struct.pack("!II", len(message), 58)
    value = internet_sum(pseudo + message[:2] + b"\0\0" + message[4:])
    return header / Raw(message[:2] + struct.pack("!H", value) + message[4:])


def icmp_message(source, destination, message, **fields):
    return (icmp6 if ":" in source else icmp4)(source, destination, message, **fields)


def ping(source, destination, identifier=0x77, sequence=1, data=b"how are you?", reply=False, **fields):
    four = ":" not in source
    kind = (0 if four else 129) if reply else (8 if four else 128)
    return icmp_message(source, destination, struct.pack("!BBHHH", kind, 0, 0, identifier, sequence) + data, **fields)


def raw_ipv4(header, options, ttl, fragment, payload):
    """An IPv4 packet with option bytes as given."""
    words = 5 + len(options) // 4
    data = bytearray(bytes(IP(**header, ttl=ttl, ihl=words, len=words * 4 + len(payload), flags=fragment >> 13,
                              frag=fragment & 0x1fff, chksum=0)))
    data += options
    struct.pack_into("!H", data, 10, internet_sum(bytes(data)))
    return IP(bytes(data) + payload)


def reset_of(segment):
    """The reset that answers a segment which belongs nowhere (RFC 9293 3.10.7.1)."""
    tcp = segment[TCP]
    back = ip(segment.dst, segment.src, **({} if isinstance(segment, IPv6) else {"id": 0}))
    if "A" in tcp.flags:
        return back / TCP(sport=tcp.dport, dport=tcp.sport, seq=tcp.ack, ack=0, flags="R", window=0)
    length = len(bytes(tcp.payload)) + ("S" in tcp.flags) + ("F" in tcp.flags)
    return back / TCP(sport=tcp.dport, dport=tcp.sport, seq=0, ack=tcp.seq + length, flags="RA", window=0)


def syn(source, destination, sport=50001, dport=80, seq=1000, **fields):
    return ip(source, destination, **fields) / TCP(sport=sport, dport=dport, seq=seq, flags="S",
                                                   options=[("MSS", 1460)])


def segment(source, destination, sport=50001, dport=80, seq=1001, ack=5001, flags="A", data=b"", **fields):
    packet = ip(source, destination, **fields) / TCP(sport=sport, dport=dport, seq=seq, ack=ack, flags=flags)
    return packet / Raw(data) if data else packet


def datagram(source, destination, sport=50001, dport=53, data=b"who is www?", **fields):
    return ip(source, destination, **fields) / UDP(sport=sport, dport=dport) / Raw(data)


def service(net, mode="nat", protocol="tcp", ports=80, **fields):
    return {"address": net.vip, "protocol": protocol, "ports": ports, "pool": "web", "mode": mode,
            "scheduler": "rr"} | fields


def servers(*addresses, port=8080, **fields):
    """A pool's servers by the names a, b, c ..."""
    one = {} if port is None else {"port": port}
    return {"abcdefghijk"[i]: {"address": address} | one | fields for i, address in enumerate(addresses)}


def appliance(**changes):
    """The configuration of the little network; further sections as keywords."""
    return {
        "interfaces": {
            INSIDE: {"device": "net_null0", "addresses": [V4.inside + "/24", V6.inside + "/64"]},
            OUTSIDE: {"device": "net_null1", "addresses": [V4.outside + "/24", V6.outside + "/64"]},
        },
        "routes": [{"prefix": net.any_prefix, "via": [{"gateway": net.router}]} for net in NETS],
    } | changes


def balancer(of_service, pool=None, **changes):
    """An appliance with one service, "web", and its pool. A fullnat service gets one source port, so that it is
    known."""
    config = appliance(services={"web": of_service},
                       pools={"web": {"servers": pool or servers(V4.a if ":" not in of_service["address"] else V6.a)}})
    if of_service["mode"] == "fullnat" and "snat_pool" not in of_service:
        of_service["snat_pool"] = "local"
        config["snat_pools"] = {"local": {"addresses": [V4.snat, V6.snat], "port_first": 40000, "port_last": 40000}}
    return config | changes


def with_mtu(config, port, mtu):
    config = copy.deepcopy(config)
    config["interfaces"][port]["mtu"] = mtu
    return config


class Case:
    """One folder: what arrives and leaves, in order, on a clock that moves 1 ms with every arrival."""

    def __init__(self, name, why):
        self.name, self.why = name, why
        self.config = appliance()
        self.expected, self.options = {}, {}
        self.now_ms = 0
        self.arrivals, self.departures, self.steps, self.free, self.configs = {}, {}, [], {}, []

    def arrives(self, port, packet, together=False):
        """A frame from a neighbor; `together`: in the same burst as the last one."""
        self.now_ms += 0 if together else 1
        self.arrivals.setdefault(port, []).append((self.now_ms, bytes(packet)))

    def leaves(self, port, packet, free=()):
        """What the appliance sends; `free`: fields whose value it may choose."""
        frames = self.departures.setdefault(port, [])
        if free:
            self.free.setdefault(port, {})[str(len(frames))] = [free] if isinstance(free, str) else list(free)
        frames.append((self.now_ms, bytes(packet)))

    def request(self, packet, after=None, free=(), server=None):
        """A packet of a client; `after`: as the server gets it. Nothing: it goes no further."""
        self.arrives(OUTSIDE, from_router(packet))
        if after is not None:
            self.leaves(INSIDE, to_server(after, server), free)

    def reply(self, packet, after=None, free=(), server=None):
        """A packet of a server; `after`: as the client's router gets it."""
        self.arrives(INSIDE, from_server(packet, server))
        if after is not None:
            self.leaves(OUTSIDE, to_router(after), free)

    def answers(self, packet, free=()):
        """The appliance itself says something to the client."""
        self.leaves(OUTSIDE, to_router(packet), free)

    def wait(self, seconds):
        self.now_ms += int(seconds * 1000)

    def step(self, **what):
        self.now_ms += 1
        self.steps.append({"at_ms": self.now_ms} | what)

    def apply(self, config):
        self.configs.append(config)
        self.step(apply=f"config{len(self.configs) + 1}.json")

    def counters(self, **values):
        self.expected.update(values)

    def write(self, folder):
        folder = pathlib.Path(folder) / self.name
        folder.mkdir(parents=True)
        (folder / "why.md").write_text(self.why.strip() + "\n")
        for number, config in enumerate([self.config] + self.configs, 1):
            write_json(folder / f"config{number if number > 1 else ''}.json", config)
        if self.expected:
            write_json(folder / "counters.json", self.expected)
        about = dict(self.options)
        if self.steps:
            about["steps"] = self.steps
        if self.free:
            about["free"] = self.free
        if about:
            write_json(folder / "case.json", about)
        for direction, ports in (("in", self.arrivals), ("out", self.departures)):
            for port, frames in ports.items():
                write_pcap(folder / f"{direction}_{port}.pcap", frames)


def write_json(path, document):
    path.write_text(json.dumps(document, indent=1) + "\n")


def write_pcap(path, frames):
    """Nanosecond pcap, Ethernet."""
    data = struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1)
    for at_ms, octets in frames:
        data += struct.pack("<IIII", at_ms // 1000, at_ms % 1000 * 1_000_000, len(octets), len(octets)) + octets
    path.write_bytes(data)


BEHAVIOURS = []  # (name, why, function that fills a Case)


def behaviour(make):
    """Registers a function as a case: its name is the sentence, its docstring says why."""
    return add(make.__name__, make.__doc__, make)


def add(name, why, make):
    """The same for cases made in a loop."""
    if any(name == other for other, _, _ in BEHAVIOURS):
        raise ValueError(f"two cases are called {name}")
    BEHAVIOURS.append((name, "\n".join(line.strip() for line in why.strip().split("\n")), make))
    return make


def all_cases():
    for name, why, make in BEHAVIOURS:
        case = Case(name, why)
        make(case)
        yield case
