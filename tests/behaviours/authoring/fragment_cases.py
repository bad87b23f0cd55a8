"""Fragments of service flows: nothing is reassembled; later fragments find their flow by the first (Maglev, NSDI
2016, 4.3)."""
from authoring.forward_cases import each_family
from authoring.oracle import *


def pieces(packet, cuts, identification=0x77):
    """The fragments of a packet, cut after so many octets of its payload; transport checksums are those of the
    whole."""
    if isinstance(packet, IP):
        payload = bytes(packet)[20:]
        bounds = [0, *cuts, len(payload)]
        return [IP(src=packet.src, dst=packet.dst, ttl=packet.ttl, id=identification, proto=bytes(packet)[9],
                   flags="MF" if end < len(payload) else 0, frag=begin // 8) / Raw(payload[begin:end])
                for begin, end in zip(bounds, bounds[1:])]
    payload = bytes(packet)[40:]
    bounds = [0, *cuts, len(payload)]
    return [IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim) /
            IPv6ExtHdrFragment(nh=bytes(packet)[6], offset=begin // 8, m=int(end < len(payload)), id=identification) /
            Raw(payload[begin:end])
            for begin, end in zip(bounds, bounds[1:])]


def question(net, port=50001):
    return datagram(net.client, net.vip, port, data=bytes(range(250)))


def answer(net):
    return datagram(net.a, net.client, 5353, 50001, bytes(range(250)))


def udp_balancer(net, mode="nat", **fields):
    return balancer(service(net, mode, "udp", 53, **fields), servers(net.a, net.b, port=5353))


@each_family("{}_fragments_follow_their_first_fragment", """Only the first has the ports; addresses change in all of
                                                         them, ports and checksum in the first. Answers in fragments
                                                         find the same flow.""")
def in_order(case, net):
    case.config = udp_balancer(net)
    for before, after in zip(pieces(question(net), (104, 208)), pieces(hop(question(net), dst=net.a, dport=5353),
                                                                       (104, 208))):
        case.request(before, after)
    for before, after in zip(pieces(answer(net), (104, 208)), pieces(hop(answer(net), src=net.vip, sport=53),
                                                                     (104, 208))):
        case.reply(before, after)
    case.counters(flows_created=1, fragments_received=6, fragments_forwarded=6)


@each_family("{}_fragments_that_come_before_their_first_wait_for_it", """The network may change their order: the
                first one goes ahead, then those that waited, as they came.""")
def last_first(case, net):
    case.config = udp_balancer(net)
    before = pieces(question(net), (104, 208))
    after = pieces(hop(question(net), dst=net.a, dport=5353), (104, 208))
    case.request(before[2])
    case.request(before[1])
    case.request(before[0], after[0])
    case.leaves(INSIDE, to_server(after[2]))
    case.leaves(INSIDE, to_server(after[1]))
    case.counters(fragments_forwarded=3)


@each_family("{}_fragments_whose_first_never_comes_are_dropped", """After two seconds; a first one that comes later
                goes on alone.""")
def never_first(case, net):
    case.config = udp_balancer(net)
    before = pieces(question(net), (104, 208))
    case.request(before[1])
    case.request(before[2])
    case.wait(5)
    case.request(before[0], pieces(hop(question(net), dst=net.a, dport=5353), (104, 208))[0])
    case.counters(fragment_timeout=2)


@behaviour
def datagrams_with_the_same_identification_are_told_apart_by_address(case):
    """The identification counts per source, destination and protocol (RFC 791 3.2)."""
    case.config = udp_balancer(V4)
    one, other = question(V4), datagram(V4.client2, V4.vip, 50002, data=bytes(range(250)))
    one_before, other_before = pieces(one, (104,)), pieces(other, (104,))
    one_after = pieces(hop(one, dst=V4.a, dport=5353), (104,))
    other_after = pieces(hop(other, dst=V4.b, dport=5353), (104,))
    case.request(one_before[0], one_after[0])
    case.request(other_before[0], other_after[0])
    case.request(one_before[1], one_after[1])
    case.request(other_before[1], other_after[1])


@behaviour
def a_fragment_that_could_overwrite_the_tcp_header_is_dropped(case):
    """RFC 1858 and RFC 3128: a later fragment at offset 8 would replace the flags that were looked at in the
    first."""
    case.config = balancer(service(V4, "nat"))
    packet = syn(V4.client, V4.vip)
    payload = bytes(packet)[20:]
    first = IP(src=V4.client, dst=V4.vip, id=1, ttl=64, proto=6, flags="MF") / Raw(payload)
    after_payload = bytes(hop(packet, dst=V4.a, dport=8080))[20:]
    case.request(first, IP(src=V4.client, dst=V4.a, id=1, ttl=63, proto=6, flags="MF") / Raw(after_payload))
    case.request(IP(src=V4.client, dst=V4.vip, id=1, proto=6, flags=0, frag=1) / Raw(payload[8:]))
    case.counters(fragment_unsupported=1)


@behaviour
def a_first_fragment_too_short_for_its_tcp_header_is_dropped(case):
    """RFC 1858 3.1 "tiny fragment": there is nothing that could be looked at."""
    case.config = balancer(service(V4, "nat"))
    packet = syn(V4.client, V4.vip)
    case.request(IP(src=V4.client, dst=V4.vip, id=1, proto=6, flags="MF") / Raw(bytes(packet)[20:36]))
    case.counters(malformed_l4=1)


@behaviour
def direct_routing_sends_all_fragments_to_one_server(case):
    """Nothing is rewritten, but all pieces must reach the server that the first one was scheduled to."""
    case.config = balancer(service(V4, "dr", "udp", 53), servers(V4.a, V4.b, port=None))
    for port, server in ((50001, V4.a), (50002, V4.b)):
        for piece in pieces(question(V4, port), (104,), identification=port):
            case.request(piece, hop(piece), server=server)


@behaviour
def a_tunnel_carries_fragments_as_they_are(case):
    """Each in an outer packet of its own."""
    from authoring.mode_cases import encapsulated
    case.config = balancer(service(V4, "tunnel", "udp", 53), servers(V4.a, port=None))
    for piece in pieces(question(V4), (104,)):
        case.request(piece, encapsulated(V4, V4.a, hop(piece), "ipip"), "ipv4_identification")


@each_family("{}_fragments_for_nobody_here_are_forwarded", """Plain forwarding needs no ports: fragments pass when
                                                           their first one is known, in whatever order they come.""")
def forwarded(case, net):
    packet = datagram(net.client, net.a, data=bytes(range(250)))
    for piece in pieces(packet, (104, 208)):
        case.request(piece, hop(piece))


@behaviour
def an_atomic_ipv6_fragment_is_a_whole_packet(case):
    """RFC 6946: a fragment header with offset 0 and nothing more: no waiting, no table; the header travels on."""
    case.config = udp_balancer(V6)
    inner, after = bytes(question(V6))[40:], bytes(hop(question(V6), dst=V6.a, dport=5353))[40:]
    header = IPv6ExtHdrFragment(nh=17, offset=0, m=0, id=5)
    case.request(IPv6(src=V6.client, dst=V6.vip, hlim=64) / header / Raw(inner),
                 IPv6(src=V6.client, dst=V6.a, hlim=63) / header / Raw(after))
    case.counters(fragments_received=0)


@behaviour
def fragments_wait_up_to_a_limit(case):
    """At most 64 of one datagram are held: a flood of later fragments cannot take all buffers."""
    case.config = udp_balancer(V4)
    for index in range(70):
        case.request(IP(src=V4.client, dst=V4.vip, id=3, proto=17, flags="MF", frag=1 + index) / Raw(bytes(8)))
    case.counters(fragment_table_full=6, fragment_timeout=64)
