"""What is not for a service: plain forwarding, the errors of a router, and its packet sizes."""
from authoring.oracle import *

NAMES = {4: "ipv4", 6: "ipv6"}
TOO_LONG = 1500


def padded(packet, length):
    """The packet with as much payload as makes it `length` octets long."""
    return packet / Raw(bytes(i % 251 for i in range(length - len(bytes(packet)))))


def udp_of_length(source, destination, length, **fields):
    return padded(ip(source, destination, **fields) / UDP(sport=50001, dport=9000), length)


def each_family(name, why):
    """A case for each family: `make(case, net)`."""
    def register(make):
        for net in NETS:
            add(name.format(NAMES[net.family]), why, lambda case, net=net: make(case, net))
        return make
    return register


@each_family("forwarding_of_{}_takes_one_hop", """A packet for neither us nor a service is routed: TTL or hop limit
                                               one less, checksum right (RFC 1812 5.3.1, RFC 8200 3), by the longest
                                               prefix and by link.""")
def forwarding(case, net):
    for packet in (datagram(net.client, net.a), segment(net.client, net.a, data=b"x"), ping(net.client, net.a)):
        case.request(packet, hop(packet))
        back = datagram(net.a, net.client, 53, 50001)
        case.reply(back, hop(back))


@behaviour
def the_longest_prefix_wins(case):
    """RFC 1812 5.2.4.3: a more specific route takes precedence over a shorter one and the default route."""
    case.config["routes"] += [{"prefix": "198.18.0.0/15", "via": [{"gateway": V4.a}]},
                              {"prefix": "198.18.7.0/24", "via": [{"gateway": V4.b}]},
                              {"prefix": "198.18.7.9/32", "via": [{"gateway": V4.c}]}]
    for destination, router in (("198.18.7.9", V4.c), ("198.18.7.8", V4.b), ("198.19.0.1", V4.a)):
        packet = datagram(V4.client, destination)
        case.request(packet, hop(packet), server=router)
    packet = datagram(V4.client, "198.20.0.1")
    case.arrives(OUTSIDE, from_router(packet))
    case.leaves(OUTSIDE, to_router(hop(packet)))


@behaviour
def an_on_link_route_resolves_the_destination_itself(case):
    """A route without a gateway: its addresses are on the link of the interface."""
    case.config["routes"].append({"prefix": "10.77.0.0/16", "via": [{"interface": INSIDE}]})
    packet = datagram(V4.client, "10.77.3.4")
    case.request(packet, hop(packet))


@each_family("a_{}_packet_whose_ttl_runs_out_is_answered_with_time_exceeded", """RFC 792 and RFC 4443 3.3: the
                packet is dropped, its sender told from the address of the interface it came in on. This is what
                traceroute shows.""")
def ttl_exceeded(case, net):
    packet = datagram(net.client, net.a, ttl=1)
    case.request(packet)
    case.answers(icmp_error(net.outside, packet, "ttl"), "ipv4_identification")
    packet = datagram(net.client, net.a, ttl=0)
    case.request(packet)
    case.answers(icmp_error(net.outside, packet, "ttl"), "ipv4_identification")
    case.counters(ttl_exceeded=2, icmp_errors_sent=2)


@each_family("a_{}_packet_for_a_service_whose_ttl_runs_out_is_answered_as_it_came", """The error quotes the packet
                of the client, not the translated one (RFC 5508), so that the client recognises it.""")
def service_ttl_exceeded(case, net):
    case.config = balancer(service(net, "nat"))
    packet = syn(net.client, net.vip, ttl=1)
    case.request(packet)
    case.answers(icmp_error(net.vip, packet, "ttl"), "ipv4_identification")
    case.counters(ttl_exceeded=1, icmp_errors_sent=1)


@each_family("no_route_for_{}_is_answered_with_network_unreachable", """RFC 1812 5.2.7.1 and RFC 4443 3.1 code 0.""")
def no_route(case, net):
    case.config["routes"] = [{"prefix": "203.0.113.0/24" if net is V4 else "2001:db8:c::/64",
                              "via": [{"gateway": net.router}]}]
    packet = datagram(net.client, "192.0.2.99" if net is V4 else "2001:db8:dead::1")
    case.request(packet)
    case.answers(icmp_error(net.outside, packet, "net"), "ipv4_identification")
    case.counters(no_route=1, icmp_errors_sent=1)


@each_family("forwarding_off_drops_{}_that_is_for_nobody_here", """`forwarding: false` makes a pure load balancer:
                what is not for a service is dropped and counted, silently; services go on.""")
def forwarding_off(case, net):
    case.config = balancer(service(net, "nat"), forwarding=False)
    case.request(datagram(net.client, net.a))
    packet = syn(net.client, net.vip)
    case.request(packet, hop(packet, dst=net.a, dport=8080))
    case.counters(forwarding_off=1)


@each_family("a_{}_packet_larger_than_the_link_is_answered_with_its_mtu", """Path MTU discovery (RFC 1191, RFC
                8201): the error names the MTU of the next link; the next packet that size or less passes.""")
def too_big(case, net):
    case.config = with_mtu(case.config, INSIDE, 1400)
    packet = udp_of_length(net.client, net.a, 1401)
    case.request(packet)
    case.answers(icmp_error(net.outside, packet, "too_big", 1400), "ipv4_identification")
    packet = udp_of_length(net.client, net.a, 1400)
    case.request(packet, hop(packet))
    case.counters(packet_too_big=1, icmp_errors_sent=1)


@behaviour
def an_ipv4_packet_without_df_is_fragmented(case):
    """RFC 791 3.2: pieces of a multiple of 8 octets that fit the MTU; only the last has no "more fragments"."""
    case.config = with_mtu(case.config, INSIDE, 1400)
    packet = udp_of_length(V4.client, V4.a, 3500, flags=0)
    case.config["interfaces"][OUTSIDE]["mtu"] = 4000
    case.request(packet)
    payload = bytes(packet)[20:]
    room = (1400 - 20) // 8 * 8
    for offset in range(0, len(payload), room):
        last = offset + room >= len(payload)
        piece = IP(src=V4.client, dst=V4.a, id=0x1234, ttl=63, proto=17, flags=0 if last else "MF", frag=offset // 8)
        case.leaves(INSIDE, to_server(piece / Raw(payload[offset:offset + room])))


@behaviour
def fragments_are_fragmented_further(case):
    """A fragment that does not fit is cut again: offsets go on, and a middle piece keeps "more fragments" (RFC 791
    3.2)."""
    case.config = with_mtu(case.config, INSIDE, 700)
    case.config["interfaces"][INSIDE]["addresses"].pop()
    packet = IP(src=V4.client, dst=V4.a, id=9, ttl=64, proto=50, flags="MF", frag=100) / Raw(bytes(1000))
    case.request(packet)
    for offset, length in ((0, 680), (680, 320)):
        piece = IP(src=V4.client, dst=V4.a, id=9, ttl=63, proto=50, flags="MF", frag=100 + offset // 8)
        case.leaves(INSIDE, to_server(piece / Raw(bytes(length))))


@behaviour
def only_copied_ip_options_travel_in_later_fragments(case):
    """RFC 791 3.1: an option whose copied bit is clear (record route, 7) is in the first piece only; others (131,
    loose source route; here 148, router alert) are in all. Lengths stay, with no-operation in its place."""
    case.config = with_mtu(case.config, INSIDE, 700)
    case.config["interfaces"][INSIDE]["addresses"].pop()
    alert, record = b"\x94\x04\0\0", b"\x07\x07\x04\0\0\0\0\x01"
    header = {"src": V4.client, "dst": V4.a, "id": 9, "proto": 50}
    packet = raw_ipv4(header, alert + record, 64, 0, bytes(range(200)) * 5)
    case.request(packet)
    first, rest = bytes(range(200)) * 3 + bytes(range(64)), (bytes(range(200)) * 5)[664:]
    case.leaves(INSIDE, to_server(raw_ipv4(header, alert + record, 63, 0x2000, first), V4.a))
    case.leaves(INSIDE, to_server(raw_ipv4(header, alert + b"\x01" * 8, 63, 664 // 8, rest), V4.a))


@behaviour
def ip_options_are_forwarded_as_they_are(case):
    """Options are looked over, not obeyed: neither recorded into nor stripped."""
    header = {"src": V4.client, "dst": V4.a, "id": 9, "proto": 17}
    options = b"\x07\x07\x04\0\0\0\0\x01"
    payload = bytes(datagram(V4.client, V4.a))[20:]
    case.request(raw_ipv4(header, options, 64, 0x4000, payload))
    case.leaves(INSIDE, to_server(raw_ipv4(header, options, 63, 0x4000, payload), V4.a))


@behaviour
def ports_behind_ip_options_are_found(case):
    """The transport header begins where the header length says, not after 20 octets."""
    case.config = balancer(service(V4, "nat", "udp", 53), servers(V4.a, port=5353))
    options = b"\x94\x04\0\0"
    payload = bytes(datagram(V4.client, V4.vip))[20:]
    after = bytes(hop(datagram(V4.client, V4.vip), dst=V4.a, dport=5353))[20:]
    case.request(raw_ipv4({"src": V4.client, "dst": V4.vip, "id": 9, "proto": 17}, options, 64, 0x4000, payload))
    case.leaves(INSIDE, to_server(raw_ipv4({"src": V4.client, "dst": V4.a, "id": 9, "proto": 17}, options, 63, 0x4000,
                                           after), V4.a))


@behaviour
def ports_behind_ipv6_extension_headers_are_found(case):
    """Hop-by-hop, destination options and routing headers stand before the transport header (RFC 8200 4.1); they
    travel on."""
    case.config = balancer(service(V6, "nat", "udp", 53), servers(V6.a, port=5353))
    extensions = bytes([60, 0, 1, 4, 0, 0, 0, 0]) + bytes([17, 0, 1, 4, 0, 0, 0, 0])
    for destination, server_port, limit in ((V6.vip, 53, 64), (V6.a, 5353, 63)):
        inner = bytes(datagram(V6.client, destination, dport=server_port))[40:]
        packet = IPv6(src=V6.client, dst=destination, hlim=limit, nh=0) / Raw(extensions + inner)
        if limit == 64:
            case.request(packet)
        else:
            case.leaves(INSIDE, to_server(packet))


@behaviour
def jumbo_frames_pass_between_jumbo_links(case):
    """With an MTU of 9000 on both sides, packets of that size are translated and forwarded whole."""
    case.config = with_mtu(with_mtu(balancer(service(V4, "nat", "udp", 53), servers(V4.a, port=5353)), INSIDE, 9000),
                           OUTSIDE, 9000)
    packet = padded(ip(V4.client, V4.vip) / UDP(sport=50001, dport=53), 9000)
    case.request(packet, hop(packet, dst=V4.a, dport=5353))


@behaviour
def errors_per_second_limits_what_is_answered(case):
    """`icmp.errors_per_second`: a flood of bad packets cannot make as many answers. A second later there is credit
    again."""
    case.config["icmp"] = {"errors_per_second": 2}
    for _ in range(4):
        packet = datagram(V4.client, V4.a, ttl=1)
        case.request(packet)
        if _ < 2:
            case.answers(icmp_error(V4.outside, packet, "ttl"), "ipv4_identification")
    case.wait(1)
    case.request(packet)
    case.answers(icmp_error(V4.outside, packet, "ttl"), "ipv4_identification")
    case.counters(ttl_exceeded=5, icmp_errors_sent=3, icmp_rate_limited=2)


@behaviour
def no_error_is_sent_about_errors_fragments_and_broadcasts(case):
    """RFC 1812 4.3.2.7 and RFC 1122 3.2.2: errors about these would multiply."""
    about = icmp_message(V4.client, V4.a, struct.pack("!BBHI", 11, 0, 0, 0) + bytes(datagram(V4.a, V4.client))[:28],
                         ttl=1)
    case.request(about)
    later = IP(src=V4.client, dst=V4.a, ttl=1, proto=50, flags=0, frag=10) / Raw(bytes(64))
    case.request(later)
    redirected = datagram("0.0.0.5", V4.a, ttl=1)
    case.request(redirected)
    case.counters(ttl_exceeded=3, icmp_errors_sent=0)


@each_family("an_{}_error_quotes_as_much_as_it_may", """RFC 1812 4.3.2.3: an ICMP error is at most 576 octets long;
                                                     RFC 4443 2.4 (c): an ICMPv6 one at most 1280.""")
def long_quote(case, net):
    packet = udp_of_length(net.client, net.a, 1450, ttl=1)
    case.request(packet)
    case.answers(icmp_error(net.outside, packet, "ttl"), "ipv4_identification")
    case.counters(ttl_exceeded=1)


@behaviour
def packets_from_impossible_sources_are_dropped(case):
    """Loopback, multicast and unspecified sources never come from a wire (RFC 1122 3.2.1.3, RFC 4291 2.5): not even
    a service sees them."""
    case.config = balancer(service(V4, "nat"))
    for source in ("127.0.0.1", "224.0.0.5"):
        case.request(syn(source, V4.vip))
    for source in ("::1", "ff02::1"):
        case.arrives(OUTSIDE, frame(OUTSIDE, datagram(source, V6.a), V6.router))
    case.arrives(OUTSIDE, frame(OUTSIDE, datagram("0.0.0.0", V4.a), V4.router))
    case.arrives(OUTSIDE, frame(OUTSIDE, datagram("::", V6.a), V6.router))
    case.counters(martian_source=6)


@behaviour
def link_local_packets_are_not_forwarded(case):
    """RFC 4291 2.5.6 and RFC 3927 7: routers do not forward packets with link-local source addresses."""
    case.arrives(OUTSIDE, frame(OUTSIDE, datagram("fe80::9", V6.a), "fe80::9"))
    case.arrives(OUTSIDE, frame(OUTSIDE, datagram("169.254.1.1", V4.a), "169.254.1.1"))
    case.counters(martian_source=2)


@behaviour
def multicast_and_broadcast_go_nowhere(case):
    """Nothing here listens to them, and they are never forwarded (RFC 1812 5.3.4 leaves that to multicast
    routers)."""
    for destination, mac in (("224.0.0.18", "01:00:5e:00:00:12"), ("255.255.255.255", "ff:ff:ff:ff:ff:ff"),
                             (V4.a, "ff:ff:ff:ff:ff:ff")):
        case.arrives(OUTSIDE, Ether(src=mac_of(V4.router), dst=mac) / datagram(V4.client, destination))
    case.arrives(OUTSIDE, Ether(src=mac_of(V6.router), dst="33:33:00:00:00:05") / datagram(V6.client, "ff02::5"))
    case.counters(multicast_unhandled=4)
