"""The link: VLANs, other stations' frames, and frames and headers that are malformed in every way."""
from authoring.forward_cases import each_family
from authoring.local_cases import arp_request
from authoring.oracle import *

LAN = {"id": 100, "addresses": ["10.3.0.1/24", "2001:db8:3::1/64"]}


def with_vlan(config, port=INSIDE, name="lan", vlan=None):
    config["interfaces"][port]["vlans"] = {name: vlan or LAN}
    return config


def tagged(packet, vlan, priority=0):
    """The frame with an 802.1Q tag."""
    data = bytes(packet)
    return data[:12] + struct.pack("!HH", 0x8100, priority << 13 | vlan) + data[12:]


@each_family("{}_packets_get_and_lose_the_tag_of_their_vlan", """IEEE 802.1Q: a server in a VLAN is reached with its
                tag; its answers come tagged and leave untagged towards the client.""")
def vlan_both_ways(case, net):
    server = "10.3.0.11" if net is V4 else "2001:db8:3::11"
    case.config = with_vlan(balancer(service(net, "nat"), servers(server)))
    packet = syn(net.client, net.vip)
    case.request(packet)
    case.leaves(INSIDE, tagged(to_server(hop(packet, dst=server, dport=8080)), 100))
    answer = segment(server, net.client, 8080, 50001, 5000, 1001, "SA")
    case.arrives(INSIDE, tagged(from_server(answer), 100, priority=5))
    case.leaves(OUTSIDE, to_router(hop(answer, src=net.vip, sport=80)))


@behaviour
def packets_are_routed_between_vlans_of_one_port(case):
    """A router on a stick: both ways through the same wire, each with its own tag."""
    case.config["interfaces"][INSIDE]["vlans"] = {"lan": LAN, "dmz": {"id": 200, "addresses": ["10.4.0.1/24"]}}
    packet = datagram("10.3.0.11", "10.4.0.22")
    case.arrives(INSIDE, tagged(from_server(packet), 100))
    case.leaves(INSIDE, tagged(to_server(hop(packet)), 200))


@behaviour
def a_priority_tag_means_no_vlan(case):
    """VLAN 0 carries a priority only (IEEE 802.1Q 6.9): the frame belongs to the untagged interface; the tag does
    not travel on."""
    case.config = with_vlan(balancer(service(V4, "nat")))
    packet = syn(V4.client, V4.vip)
    case.arrives(OUTSIDE, tagged(from_router(packet), 0, priority=6))
    case.leaves(INSIDE, to_server(hop(packet, dst=V4.a, dport=8080)))


@behaviour
def frames_of_an_unknown_vlan_are_dropped(case):
    """A tag that is not configured on the port it came in on; the same on a port without any VLAN."""
    case.config = with_vlan(case.config)
    case.arrives(INSIDE, tagged(from_server(datagram(V4.a, V4.client)), 101))
    case.arrives(INSIDE, tagged(from_server(datagram(V4.a, V4.client)), 4095))
    case.arrives(OUTSIDE, tagged(from_router(datagram(V4.client, V4.a)), 100))
    case.counters(unknown_vlan=3)


@behaviour
def arp_in_a_vlan_is_answered_in_that_vlan(case):
    """Each VLAN is a link of its own: its address is answered for there, tagged, and nowhere else."""
    from authoring.local_cases import arp_reply
    case.config = with_vlan(case.config)
    case.arrives(INSIDE, tagged(arp_request(INSIDE, "10.3.0.1", "10.3.0.11"), 100))
    case.leaves(INSIDE, tagged(arp_reply(INSIDE, "10.3.0.1", "10.3.0.11"), 100))
    case.arrives(INSIDE, arp_request(INSIDE, "10.3.0.1", V4.a))
    case.counters(multicast_unhandled=1, arp_replies=1)


@behaviour
def echo_in_a_vlan_is_answered_in_that_vlan(case):
    """The answer made in place keeps its tag."""
    case.config = with_vlan(case.config)
    case.arrives(INSIDE, tagged(from_server(ping("10.3.0.11", "10.3.0.1")), 100))
    case.leaves(INSIDE, tagged(to_server(ping("10.3.0.1", "10.3.0.11", reply=True)), 100))


@behaviour
def the_mtu_of_a_vlan_is_its_own(case):
    """A VLAN may have a smaller MTU than its port; errors name it."""
    case.config = with_vlan(case.config, vlan=LAN | {"mtu": 1300})
    packet = ip(V4.client, "10.3.0.11") / UDP(sport=1, dport=2) / Raw(bytes(1301 - 28))
    case.request(packet)
    case.answers(icmp_error(V4.outside, packet, "too_big", 1300), "ipv4_identification")
    case.counters(packet_too_big=1)


@behaviour
def frames_to_other_stations_are_dropped(case):
    """A promiscuous port or a flooding switch: unicast that is not for our MAC address is nobody's here."""
    case.config = balancer(service(V4, "nat"))
    case.arrives(OUTSIDE, Ether(src=mac_of(V4.router), dst="02:00:00:00:01:01") / syn(V4.client, V4.vip))
    case.arrives(OUTSIDE, Ether(src=mac_of(V4.router), dst="02:00:0a:01:00:32") / syn(V4.client, V4.vip))
    case.counters(not_our_mac=2)


@behaviour
def other_ethertypes_are_dropped(case):
    """Neither IPv4, IPv6 nor ARP: nobody here speaks it, without a host path."""
    for kind in (0x88cc, 0x8847, 0x88a8, 0x0026):
        case.arrives(OUTSIDE, Ether(src=mac_of(V4.router), dst=PORT_MAC[OUTSIDE], type=kind) / Raw(bytes(46)))
    case.counters(no_address_family=4)


@behaviour
def frames_without_a_whole_ethernet_header_are_dropped(case):
    """Every length from one octet up to the tag's end."""
    good = tagged(from_router(datagram(V4.client, V4.a)), 0)
    for length in (1, 6, 12, 13, 14, 15, 17):
        case.arrives(OUTSIDE, good[:length])
    case.counters(malformed_ethernet=7)


def damaged(data, changes):
    """The bytes with some replaced: {offset: bytes}."""
    data = bytearray(data)
    for offset, octets in changes.items():
        data[offset:offset + len(octets)] = octets
    return bytes(data)


def with_ipv4_checksum(frame_bytes):
    data = bytearray(frame_bytes)
    length = (data[14] & 15) * 4
    data[24:26] = b"\0\0"
    data[24:26] = struct.pack("!H", internet_sum(bytes(data[14:14 + length])))
    return bytes(data)


@behaviour
def malformed_ipv4_headers_are_dropped(case):
    """Cut short; wrong version; a header length below 20 or beyond the packet; a total length beyond the frame or
    below the header."""
    good = bytes(from_router(datagram(V4.client, V4.a)))
    case.arrives(OUTSIDE, good[:14])
    case.arrives(OUTSIDE, good[:33])
    case.arrives(OUTSIDE, damaged(good, {14: b"\x65"}))
    case.arrives(OUTSIDE, damaged(good, {14: b"\x44"}))
    case.arrives(OUTSIDE, damaged(good, {14: b"\x4f"}))
    case.arrives(OUTSIDE, with_ipv4_checksum(damaged(good, {16: struct.pack("!H", len(good) - 14 + 1)})))
    case.arrives(OUTSIDE, with_ipv4_checksum(damaged(good, {16: struct.pack("!H", 19)})))
    case.arrives(OUTSIDE, with_ipv4_checksum(damaged(good, {16: struct.pack("!H", 0)})))
    case.counters(malformed_ipv4=8)


@behaviour
def a_wrong_ipv4_checksum_is_fatal(case):
    """RFC 1812 5.2.2: a router verifies the header checksum and drops silently."""
    good = bytes(from_router(datagram(V4.client, V4.a)))
    case.arrives(OUTSIDE, damaged(good, {24: bytes([good[24] ^ 0xff])}))
    case.arrives(OUTSIDE, damaged(good, {22: b"\x3f"}))
    case.counters(bad_ip_checksum=2)


@behaviour
def malformed_ipv6_headers_are_dropped(case):
    """Cut short; wrong version; a payload length beyond the frame."""
    good = bytes(from_router(datagram(V6.client, V6.a)))
    case.arrives(OUTSIDE, good[:53])
    case.arrives(OUTSIDE, damaged(good, {14: b"\x40"}))
    case.arrives(OUTSIDE, damaged(good, {18: struct.pack("!H", len(good) - 54 + 1)}))
    case.counters(malformed_ipv6=3)


@behaviour
def malformed_extension_headers_are_dropped(case):
    """A header beyond the packet, one cut short, and a chain without end (RFC 8200 knows no reason for more than a
    handful)."""
    def extended(chain, first):
        return from_router(IPv6(src=V6.client, dst=V6.a, hlim=64, nh=first) / Raw(chain))
    case.arrives(OUTSIDE, extended(bytes([17, 9]) + bytes(14), 60))
    case.arrives(OUTSIDE, extended(bytes([17, 0, 1, 2]), 0))
    case.arrives(OUTSIDE, extended(bytes([17, 0, 0, 0]), 44))
    case.arrives(OUTSIDE, extended(bytes([60, 0, 1, 4, 0, 0, 0, 0]) * 20, 60))
    case.counters(malformed_ipv6=4)


@each_family("malformed_{}_transport_headers_are_dropped", """TCP cut short, with a data offset below 5 or beyond
                                                           the segment; UDP cut short, with a length below 8 or
                                                           beyond the packet; ICMP cut short.""")
def malformed_transport(case, net):
    def packet(protocol, payload):
        header = {"proto": protocol} if net is V4 else {"nh": protocol}
        return from_router(ip(net.client, net.vip, **header) / Raw(payload))
    case.config = balancer(service(net, "nat"))
    tcp = bytes(syn(net.client, net.vip))[net.header:]
    case.arrives(OUTSIDE, packet(6, tcp[:19]))
    case.arrives(OUTSIDE, packet(6, damaged(tcp, {12: b"\x40"})))
    case.arrives(OUTSIDE, packet(6, damaged(tcp, {12: b"\x70"})))
    udp = bytes(datagram(net.client, net.vip))[net.header:]
    case.arrives(OUTSIDE, packet(17, udp[:7]))
    case.arrives(OUTSIDE, packet(17, damaged(udp, {4: struct.pack("!H", 7)})))
    case.arrives(OUTSIDE, packet(17, damaged(udp, {4: struct.pack("!H", len(udp) + 1)})))
    case.arrives(OUTSIDE, packet(1 if net is V4 else 58, bytes([8 if net is V4 else 128, 0, 0, 0, 0, 0, 0])))
    case.counters(malformed_l4=7)


@each_family("icmp_errors_about_a_malformed_{}_packet_are_dropped", """The quoted packet cut short, of a wrong
                version, with an impossible header length, of another family, or not sent by whom the error is
                addressed to: nothing can be matched, nothing is forwarded.""")
def malformed_quotes(case, net):
    case.config = balancer(service(net, "nat"))
    about = bytes(segment(net.vip, net.client, 80, 50001))
    other = bytes(segment((V6 if net is V4 else V4).vip, (V6 if net is V4 else V4).client, 80, 50001))
    head = struct.pack("!BBHI", 3, 1, 0, 0) if net is V4 else struct.pack("!BBHI", 1, 3, 0, 0)
    quotes = [b"", about[:19], about[:net.header + 7], damaged(about, {0: b"\x25"}), other[:net.header + 8],
              bytes(segment(net.a, net.client, 80, 50001))]
    if net is V4:
        quotes += [damaged(about, {0: b"\x44"}), damaged(about, {0: b"\x4f"})[:28], damaged(about, {6: b"\x00\x10"})]
    for quote in quotes:
        case.request(icmp_message(net.router, net.vip, head + quote))
    case.counters(icmp_error_malformed=len(quotes))
