"""Writes the corpora of the targets that take packets: wire, client_address, fragments, vrrp, pipeline. Real packets,
in the input format that the comment at the top of each target describes, so that fuzzing starts behind the first
checks. The other corpora are written by hand. Needs scapy (Debian: python3-scapy)."""
import copy
import pathlib
import shutil
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS,
                                ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, ICMPv6ParamProblem,
                                ICMPv6TimeExceeded, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrRouting,
                                PadN)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
FILE_BYTES_MAX = 2048
DATA = b"some bytes of payload"


def write(target, files):
    shutil.rmtree(CORPUS / target, ignore_errors=True)
    (CORPUS / target).mkdir(parents=True)
    for name, content in files.items():
        assert len(content) <= FILE_BYTES_MAX, name
        (CORPUS / target / name).write_bytes(content)


# --- wire ------------------------------------------------------------------------------------------------------------

CHECKS = ("facts", "neighbor", "translate", "nat64", "icmp_error", "encapsulate")


def question(check, packet, options=0, headroom=128, addresses=5, ports=(1024, 8080)):
    return struct.pack("!BBBBHH", CHECKS.index(check), options, headroom, addresses, *ports) + bytes(packet)


V4 = {"src": "10.1.2.3", "dst": "192.0.2.80"}
V6 = {"src": "2001:db8:1::9", "dst": "2001:db8:5::10"}


def both(transport, **fields):
    return IP(**V4, **fields) / copy.deepcopy(transport), IPv6(**V6) / copy.deepcopy(transport)


def wire_packets():
    options = [("MSS", 1460), ("Timestamp", (1, 0))]
    tcp4, tcp6 = both(TCP(sport=40000, dport=80, flags="PA", options=options) / Raw(DATA))
    udp4, udp6 = both(UDP(sport=40000, dport=53) / Raw(DATA))
    ping4, ping6 = IP(**V4) / ICMP(id=7, seq=3) / Raw(DATA), IPv6(**V6) / ICMPv6EchoRequest(id=7, seq=3, data=DATA)
    first = UDP(sport=40000, dport=53, len=200, chksum=0x1234) / Raw(bytes(40))
    return {
        "tcp4": tcp4, "tcp6": tcp6, "udp4": udp4, "udp6": udp6, "ping4": ping4, "ping6": ping6,
        "pong4": IP(**V4) / ICMP(type=0, id=7, seq=3) / Raw(DATA),
        "pong6": IPv6(**V6) / ICMPv6EchoReply(id=7, data=DATA),
        "udp4_without_checksum": IP(**V4) / UDP(sport=1, dport=2, chksum=0) / Raw(DATA),
        "udp4_with_options": IP(**V4, options=[b"\x94\x04\x00\x00"]) / UDP(sport=1, dport=2) / Raw(DATA),
        "udp4_source_routed": IP(**V4, options=[b"\x83\x07\x04\x01\x02\x03\x04\x00"]) / UDP(sport=1, dport=2),
        "first4": IP(**V4, id=77, flags="MF") / first, "later4": IP(**V4, id=77, frag=6, proto=17) / Raw(bytes(40)),
        "first6": IPv6(**V6) / IPv6ExtHdrFragment(id=77, m=1, nh=17) / first,
        "later6": IPv6(**V6) / IPv6ExtHdrFragment(id=77, offset=6, nh=17) / Raw(bytes(40)),
        "atomic6": IPv6(**V6) / IPv6ExtHdrFragment(id=77) / UDP(sport=1, dport=2) / Raw(DATA),
        "extended6": IPv6(**V6) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)]) / UDP(sport=1, dport=2),
        "routed6": IPv6(**V6) / IPv6ExtHdrRouting(type=2, segleft=0, addresses=["2001:db8::1"]) / TCP(sport=1, dport=2),
        "gre4": IP(**V4, proto=47) / Raw(DATA), "padded4": bytes(IP(**V4) / UDP(sport=1, dport=2)) + bytes(18)}


def wire_errors(packets):
    """Errors about packets that came the other way."""
    back4, back6 = {"src": "10.9.9.9", "dst": "10.1.2.3"}, {"src": "2001:db8:9::9", "dst": V6["src"]}
    about4, about6 = bytes(packets["tcp4"]), bytes(packets["tcp6"])
    return {
        "unreachable4": IP(**back4) / ICMP(type=3, code=3) / Raw(bytes(packets["udp4"])),
        "too_big4": IP(**back4) / ICMP(type=3, code=4, nexthopmtu=1400) / Raw(about4[:28]),
        "problem4": IP(**back4) / ICMP(type=12, ptr=8) / Raw(about4),
        "expired4": IP(**back4) / ICMP(type=11) / Raw(bytes(packets["ping4"])),
        "unreachable6": IPv6(**back6) / ICMPv6DestUnreach(code=4) / Raw(bytes(packets["udp6"])),
        "too_big6": IPv6(**back6) / ICMPv6PacketTooBig(mtu=1400) / Raw(about6[:60]),
        "problem6": IPv6(**back6) / ICMPv6ParamProblem(code=0, ptr=7) / Raw(about6),
        "expired6": IPv6(**back6) / ICMPv6TimeExceeded() / Raw(bytes(packets["ping6"]))}


def neighbor_messages():
    link = {"hlim": 255, "src": "fe80::2"}
    return {
        "solicitation": IPv6(**link, dst="ff02::1:ff00:1") / ICMPv6ND_NS(tgt="2001:db8:2::1") /
        ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:02"),
        "probe": IPv6(hlim=255, src="::", dst="ff02::1:ff00:1") / ICMPv6ND_NS(tgt="2001:db8:2::1"),
        "advertisement": IPv6(**link, dst="fe80::1") / ICMPv6ND_NA(tgt="fe80::2") /
        ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:02")}


def wire():
    packets = wire_packets()
    errors = wire_errors(packets)
    files = {"facts_" + name: question("facts", packets[name]) for name in ("first4", "first6", "routed6", "padded4")}
    files |= {"neighbor_" + name: question("neighbor", packet) for name, packet in neighbor_messages().items()}
    files |= {"translate_" + name: question("translate", packets[name])
              for name in ("tcp4", "tcp6", "udp4_without_checksum", "ping4", "later6", "gre4")}
    headroom = {"tcp4": 19, "udp4_with_options": 16, "first4": 28}  # one byte too few, just enough
    files |= {"nat64_" + name: question("nat64", packets[name], headroom=headroom.get(name, 128))
              for name in ("tcp4", "tcp6", "udp6", "udp4_without_checksum", "udp4_with_options", "udp4_source_routed",
                           "ping4", "pong6", "first4", "first6", "later6", "atomic6", "extended6")}
    files |= {"error_" + name: question("icmp_error", packet, options=index % 4)
              for index, (name, packet) in enumerate(errors.items())}
    needed = {1: 23, 3: 28, 4: 56}
    files |= {f"encapsulate_{options}": question("encapsulate", packets[name], options, needed.get(options, 128))
              for options, name in enumerate(("tcp4", "udp6", "udp4", "later4", "ping6", "extended6"))}
    return files


# --- client_address ---------------------------------------------------------------------------------------------------

TO_SERVER, TO_CLIENT, LITTLE_HEADROOM = 0, 1, 2


def told(how, flags, at, acknowledged=0, data=b"", **options):
    """A segment `at` and `acknowledged` bytes from where the connection begins."""
    tcp = bytes(TCP(sport=1, dport=2, flags=flags, seq=at & 0xffff, ack=acknowledged & 0xffff, **options) / Raw(data))
    return bytes([how, len(tcp)]) + tcp


def client_addresses():
    request = (told(TO_SERVER, "A", 0) + told(TO_SERVER, "PA", 0, data=b"GET /") +
               told(TO_SERVER, "PA", 5, data=b"more"))
    answer = told(TO_CLIENT, "SA", -1, options=[("MSS", 1460), ("NOP", None), ("SAckOK", b"")])
    replies = b"".join(told(TO_CLIENT, "PA", 0, acknowledged, b"ok") for acknowledged in (0, 10, 28, 33, 52, 57))
    sack = told(TO_CLIENT, "A", 2, 28, options=[("NOP", None), ("NOP", None), ("SAck", (100, 200))])
    forged = told(TO_SERVER, "PA", 0, data=b"x", options=[(254, b"\0\x50\1\2\3\4"), ("NOP", None), ("NOP", None)])
    early = told(TO_SERVER, "S", -1, data=b"early") + told(TO_SERVER, "A", -1, data=b"kept alive")
    files = {}
    for kind in range(8):
        head = bytes([kind, 0]) + struct.pack("!II", 0xfffffff0, 5000)
        files[f"whole_{kind}"] = head + answer + request + replies + sack + request
        files[f"odd_{kind}"] = (bytes([kind, kind % 4]) + head[2:] + early + forged +
                                told(LITTLE_HEADROOM, "PA", 0, data=b"x") + told(TO_SERVER, "R", 0))
    tiny = told(TO_CLIENT, "SA", -1, options=[("MSS", 100)])
    files["mss_below_the_least"] = bytes([1, 0]) + head[2:] + tiny
    files["syn_on_a_living_connection"] = bytes([1, 0]) + head[2:] + request + told(TO_SERVER, "S", 900) + replies
    return files


# --- fragments: operations, see fragments_fuzz.cpp --------------------------------------------------------------------

LEARN, HOLD, HOLD_MANY, TAKE, WAIT, EXPIRE, EXPIRE_ALL = 0, 2, 3, 4, 5, 6, 7


def operation(what, datagram=0, number=0):
    return bytes([what | datagram << 3, number])


def fragment_tables():
    wait_2_s = operation(WAIT, number=200)
    every = range(9)
    return {
        "in_order": operation(LEARN, number=5) + operation(HOLD) + operation(TAKE, number=8),
        "first_comes_last": operation(HOLD) * 3 + operation(LEARN, number=5) + operation(TAKE, number=2) * 2,
        "never_whole": operation(HOLD_MANY, number=9) + wait_2_s + operation(EXPIRE_ALL, number=63) * 2,
        "no_room_in_the_set": b"".join(operation(LEARN, which, which) for which in every),
        "room_again": b"".join(operation(LEARN, which) for which in every) + wait_2_s + operation(LEARN, 8, 9),
        "held_ones_keep_their_row": b"".join(operation(HOLD, which) for which in every) + wait_2_s +
        operation(HOLD, 8) + operation(EXPIRE_ALL, number=63) * 2 + operation(HOLD, 8),
        "too_many": b"".join(operation(HOLD_MANY, which, 79) for which in range(16)),
        "little_room": operation(HOLD_MANY, number=40) + wait_2_s + operation(EXPIRE, number=3) * 70,
        "learned_anew": operation(LEARN, number=1) + wait_2_s + operation(HOLD) + operation(LEARN, number=2) +
        operation(TAKE, number=8)}


# --- pipeline: the addresses are those of the configuration in pipeline_fuzz.cpp; the ports above 40000 are what the
# appliance chooses there, always the same ---

LAN, WAN = 0, 1
SAME_BURST, ONE_MS, SECONDS_16 = 0, 1, 31
CLIENT, CLIENT6 = "203.0.113.7", "2001:db8:1::7"
SERVER, SERVER6 = "198.51.100.10", "2001:db8:2::a"


def arrival(port, packet, pause=ONE_MS, vlan=None, destination=None):
    mac = destination or f"02:00:00:00:01:0{port + 1}"
    link = Ether(src="02:00:00:00:00:99", dst=mac)
    frame = bytes((link if vlan is None else link / Dot1Q(vlan=vlan)) / packet)
    return struct.pack("!BH", port | pause << 3, len(frame)) + frame


def segment(source, destination, ports, flags="S", seq=1000, ack=0, data=b"", **options):
    ip = IPv6 if ":" in source else IP
    return (ip(src=source, dst=destination) /
            TCP(sport=ports[0], dport=ports[1], flags=flags, seq=seq, ack=ack, **options) / Raw(data))


def connection(vip, server, port, client=CLIENT, back_to=None, local=50001):
    """A TCP connection through a service; the server's side is `back_to` (an address and a port) for fullnat."""
    to, to_port = back_to or (client, local)
    there = lambda *fields, **more: arrival(WAN, segment(client, vip, (local, port), *fields, **more))
    answer = lambda *fields, **more: arrival(LAN, segment(server, to, (port, to_port), *fields, **more))
    return (there() + answer("SA", 5000, 1001, options=[("MSS", 1460)]) + there("A", 1001, 5001) +
            there("PA", 1001, 5001, b"GET /") + answer("A", 5001, 1006) + answer("PA", 5001, 1034, b"200 OK") +
            there("FA", 1006, 5007) + answer("FA", 5007, 1035) + there("A", 1007, 5008))


def fragments(source, destination, order):
    whole = bytes(UDP(sport=50001, dport=53, len=72) / Raw(bytes(range(64))))
    pieces = []
    for at in range(0, len(whole), 24):
        more = at + 24 < len(whole)
        if ":" in source:
            head = IPv6(src=source, dst=destination) / IPv6ExtHdrFragment(id=9, m=int(more), offset=at // 8, nh=17)
        else:
            head = IP(src=source, dst=destination, proto=17, id=9, flags="MF" if more else 0, frag=at // 8)
        pieces.append(head / Raw(whole[at:at + 24]))
    return b"".join(arrival(WAN, pieces[index]) for index in order)


def udp(source, destination, ports, data=DATA, **fields):
    return (IPv6 if ":" in source else IP)(src=source, dst=destination, **fields) / UDP(sport=ports[0],
                                                                                        dport=ports[1]) / Raw(data)


def error_about(packet, source, kind=3, code=4):
    quoted = Raw(bytes(packet))
    if isinstance(packet, IPv6):
        return IPv6(src=source, dst=packet.src) / ICMPv6PacketTooBig(mtu=1280) / quoted
    return IP(src=source, dst=packet.src) / ICMP(type=kind, code=code, nexthopmtu=1280) / quoted


def pipeline_services():
    syn_nat = segment(CLIENT, "203.0.113.80", (50001, 80))
    reply = segment(SERVER, CLIENT, (80, 50001), "SA", 5000, 1001)
    dns = udp(CLIENT, "203.0.113.80", (50001, 53))
    six = udp(CLIENT6, "2001:db8:1::81", (50001, 7))
    gue = udp(CLIENT, "203.0.113.82", (50001, 7), DATA * 60)
    return {
        "nat": connection("203.0.113.80", SERVER, 80),
        "nat_error": arrival(WAN, syn_nat) + arrival(LAN, reply) + arrival(WAN, error_about(reply, "203.0.113.9")) +
        arrival(LAN, error_about(segment(CLIENT, SERVER, (50001, 80)), SERVER, 3, 3)),
        "nat_reset": arrival(WAN, syn_nat) + arrival(WAN, segment(CLIENT, "203.0.113.80", (50001, 80), "R")) +
        arrival(WAN, syn_nat),
        "toa": connection("203.0.113.80", SERVER, 81),
        "proxy": connection("203.0.113.80", SERVER, 82),
        "dns": arrival(WAN, dns) + arrival(LAN, udp(SERVER, "198.51.100.90", (53, 40018))) +
        arrival(WAN, dns, SECONDS_16),
        "direct": arrival(WAN, segment(CLIENT, "203.0.113.81", (1, 2)), SAME_BURST) +
        arrival(WAN, IP(src=CLIENT, dst="203.0.113.81", proto=50) / Raw(DATA)),
        "gue": arrival(WAN, gue) + arrival(WAN, udp(CLIENT, "203.0.113.82", (50001, 8))),
        "nat64": connection("2001:db8:1::80", SERVER, 443, CLIENT6, ("198.51.100.90", 40056)),
        "nat64_error": arrival(WAN, segment(CLIENT6, "2001:db8:1::80", (50001, 443))) +
        arrival(LAN, error_about(segment("198.51.100.90", SERVER, (40056, 443)), SERVER, 3, 1)),
        "six": arrival(WAN, six) + arrival(LAN, udp(SERVER6, CLIENT6, (7, 50001))) +
        arrival(LAN, error_about(udp(CLIENT6, SERVER6, (50001, 7)), SERVER6)),
        "unknown_flow": arrival(WAN, segment(CLIENT, "203.0.113.80", (50009, 80), "A", 7, 8)) +
        arrival(WAN, segment(CLIENT6, "2001:db8:1::80", (50009, 80), "A", 7, 8)),
        "fragments4": fragments(CLIENT, "203.0.113.80", (0, 1, 2)),
        "fragments4_late_first": fragments(CLIENT, "203.0.113.80", (2, 1, 0)),
        "fragments6": fragments(CLIENT6, "2001:db8:1::81", (1, 0, 2)),
        "fragments_never_whole": fragments(CLIENT, "203.0.113.80", (1, 2))}


def pipeline_router():
    out = segment("198.51.100.20", "203.0.113.202", (50001, 443))
    large = IP(src=CLIENT, dst="192.0.2.9", flags=0) / UDP(sport=1, dport=2) / Raw(bytes(1700))
    return {
        "snat": arrival(LAN, out) +
        arrival(WAN, segment("203.0.113.202", "203.0.113.50", (443, 40003), "SA", 1, 1001)) +
        arrival(LAN, IP(src="198.51.100.20", dst="203.0.113.202") / ICMP(id=3)),
        "forward": arrival(WAN, udp(CLIENT, "192.0.2.9", (1, 2))) +
        arrival(LAN, udp("198.51.100.20", "10.1.1.1", (1, 2))) + arrival(LAN, udp(SERVER6, CLIENT6, (1, 2))),
        "vlan": arrival(WAN, udp("192.0.2.9", SERVER, (1, 2)), vlan=7) +
        arrival(WAN, udp(CLIENT, SERVER, (1, 2)), vlan=8),
        "burst": b"".join(arrival(WAN, udp(CLIENT, f"198.51.100.{n}", (1, 2)), SAME_BURST) for n in range(21, 35)),
        "silent_neighbor": b"".join(arrival(WAN, udp(CLIENT, "198.51.100.40", (1, n)), ONE_MS) for n in range(12)),
        "failed_neighbor": arrival(WAN, udp(CLIENT, "198.51.100.41", (1, 2))) * 2,
        "expired": arrival(WAN, udp(CLIENT, SERVER, (1, 2), ttl=1)) +
        arrival(WAN, udp(CLIENT6, SERVER6, (1, 2), hlim=1)),
        "no_route": arrival(WAN, udp(CLIENT, "8.8.8.8", (1, 2))) + arrival(WAN, udp(CLIENT6, "2001:4860::8", (1, 2))),
        "too_large": arrival(WAN, large),
        "arp": arrival(WAN, ARP(op=1, psrc=CLIENT, pdst="203.0.113.80", hwsrc="02:00:00:00:00:99"),
                       destination="ff:ff:ff:ff:ff:ff"),
        "ping": arrival(WAN, IP(src=CLIENT, dst="203.0.113.1") / ICMP(id=3) / Raw(DATA)) +
        arrival(WAN, IPv6(src=CLIENT6, dst="2001:db8:1::1") / ICMPv6EchoRequest(id=3, data=DATA)),
        "closed_port": arrival(WAN, udp(CLIENT, "203.0.113.1", (1, 2))) +
        arrival(WAN, segment(CLIENT6, "2001:db8:1::1", (1, 2))),
        "solicitation": b"".join(arrival(LAN, packet, destination="33:33:ff:00:00:01")
                                 for packet in neighbor_messages().values())}


# --- vrrp ------------------------------------------------------------------------------------------------------------


def advert(router, priority, addresses, centiseconds=10, password=b""):
    """A step that hears an advertisement; counts and sums are mended."""
    message = struct.pack("!BBBBHH", 0x31, 1, priority, 0, centiseconds, 0) + addresses + password
    return bytes([0, router, len(message)]) + message


def vrrp():
    v4, v6 = bytes([192, 0, 2, 100]), bytes.fromhex("fe80") + bytes(13) + b"\x64"
    wait = bytes([4]) + struct.pack("!H", 25000)
    better, worse, leaves = (advert(0, priority, v4) for priority in (200, 50, 0))
    return {
        "take_over": bytes([0]) + wait + wait,
        "preempted": bytes([0]) + wait + better + wait + leaves + wait,
        "worse": bytes([0]) + wait + worse + worse + wait,
        "both_families": bytes([0]) + wait + better + advert(1, 200, v6) + wait,
        "version_2": bytes([8]) + wait + wait + advert(0x40 | 2, 200, v4, 0x101, b"secret\0\0") + wait,
        "unicast": bytes([16]) + wait + advert(2, 200, v4) + wait,
        "fault": bytes([0]) + wait + bytes([6, 0, 1]) + wait + bytes([6, 0, 0]) + wait,
        "orders": bytes([0]) + wait + bytes([8, 2]) + worse + wait + bytes([7, 2, 180]) + wait + bytes([9, 0]),
        "configurations": bytes([0]) + wait + bytes([10, 33]) + wait + bytes([10, 66]) + wait + bytes([10, 0]) + wait,
    }


def main():
    write("wire", wire())
    write("client_address", client_addresses())
    write("fragments", fragment_tables())
    write("vrrp", vrrp())
    write("pipeline", pipeline_services() | pipeline_router())
    for target in ("wire", "client_address", "fragments", "vrrp", "pipeline"):
        print(f"{len(list((CORPUS / target).iterdir()))} files in {CORPUS / target}")


if __name__ == "__main__":
    main()
