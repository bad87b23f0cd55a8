"""Mode fullnat with IPv6 clients and IPv4 servers: translation between the families (RFC 7915)."""
from authoring.oracle import *

FREE = "ipv4_identification"


def nat64_balancer(protocol="tcp", ports=80, port=8080, **fields):
    return balancer(service(V6, "fullnat", protocol, ports, **fields), servers(V4.a, port=port))


def header_v4(length, ttl, traffic_class=0):
    """The IPv4 header of a translated packet; DF only above 1260 octets (RFC 7915 5.1)."""
    return IP(src=V4.snat, dst=V4.a, ttl=ttl, id=0, tos=traffic_class, flags="DF" if length > 1260 else 0)


def to_v4(packet, dport, ttl=63):
    """A client's packet as the IPv4 server gets it."""
    transport = packet.getlayer(TCP) or packet.getlayer(UDP)
    transport = copy.deepcopy(transport)
    transport.sport, transport.dport = 40000, dport
    header = header_v4(len(bytes(packet)) - 20, ttl, packet.tc)
    return header / transport


def to_v6(packet, sport, dport=50001):
    """A server's packet as the IPv6 client gets it: flow label 0, hop limit one less."""
    transport = copy.deepcopy(packet.getlayer(TCP) or packet.getlayer(UDP))
    transport.sport, transport.dport = sport, dport
    return IPv6(src=V6.vip, dst=V6.client, hlim=packet.ttl - 1, tc=packet.tos) / transport


@behaviour
def ipv6_clients_reach_ipv4_servers_by_tcp(case):
    """The whole conversation, both ways: headers of the other family, checksums with the other pseudo header."""
    case.config = nat64_balancer()

    def request(packet):
        case.request(packet, to_v4(packet, 8080), FREE)

    def reply(flags, seq, ack, data=b"", **fields):
        packet = segment(V4.a, V4.snat, 8080, 40000, seq, ack, flags, data, **fields)
        case.reply(packet, to_v6(packet, 80))
    request(syn(V6.client, V6.vip))
    reply("SA", 5000, 1001)
    request(segment(V6.client, V6.vip, flags="PA", data=b"GET / HTTP/1.0\r\n\r\n"))
    reply("PA", 5001, 1019, b"x" * 1300)
    request(segment(V6.client, V6.vip, seq=1019, ack=6301, flags="PA", data=b"y" * 1400))
    case.counters(flows_created=1)


@behaviour
def ipv6_clients_reach_ipv4_servers_by_udp(case):
    """Traffic classes survive; an IPv4 answer without a UDP checksum gets one, because IPv6 knows none without (RFC
    7915 4.5)."""
    case.config = nat64_balancer("udp", 53, 5353)
    packet = datagram(V6.client, V6.vip, tc=0x2e << 2)
    case.request(packet, to_v4(packet, 5353), FREE)
    answer = datagram(V4.a, V4.snat, 5353, 40000, b"192.0.2.7 it is", tos=0x48)
    case.reply(answer, to_v6(answer, 53))
    bare = ip(V4.a, V4.snat) / UDP(sport=5353, dport=40000, chksum=0) / Raw(b"no checksum")
    after = to_v6(bare, 53)
    after[UDP].chksum = None
    case.reply(bare, after)


@behaviour
def extension_headers_do_not_cross_to_ipv4(case):
    """RFC 7915 5.1: hop-by-hop and destination options are skipped; only the transport header goes on."""
    case.config = nat64_balancer("udp", 53, 5353)
    plain = datagram(V6.client, V6.vip)
    options = bytes([60, 0, 1, 4, 0, 0, 0, 0]) + bytes([17, 0, 1, 4, 0, 0, 0, 0])
    packet = IPv6(src=V6.client, dst=V6.vip, hlim=64, nh=0) / Raw(options + bytes(plain)[40:])
    case.request(packet, to_v4(plain, 5353), FREE)


@behaviour
def ipv4_options_do_not_cross_to_ipv6(case):
    """RFC 7915 4.1: IPv4 options are ignored."""
    case.config = nat64_balancer("udp", 53, 5353)
    packet = datagram(V6.client, V6.vip)
    case.request(packet, to_v4(packet, 5353), FREE)
    answer = datagram(V4.a, V4.snat, 5353, 40000)
    with_options = raw_ipv4({"src": V4.a, "dst": V4.snat, "id": 3, "proto": 17}, b"\x94\x04\0\0", 64, 0x4000,
                            bytes(answer)[20:])
    case.reply(with_options, to_v6(answer, 53))


@behaviour
def an_answer_too_long_for_ipv6_is_refused_with_the_ipv4_size_that_fits(case):
    """The header grows by 20 octets: a server's packet of 1500 does not fit a link of 1500. The error names 1480
    (RFC 7915 4)."""
    case.config = nat64_balancer("udp", 53, 5353)
    packet = datagram(V6.client, V6.vip)
    case.request(packet, to_v4(packet, 5353), FREE)
    answer = ip(V4.a, V4.snat) / UDP(sport=5353, dport=40000) / Raw(bytes(1481 - 28))
    case.reply(answer)
    case.leaves(INSIDE, to_server(icmp_error(V4.snat, answer, "too_big", 1480), V4.a), FREE)
    answer = ip(V4.a, V4.snat) / UDP(sport=5353, dport=40000) / Raw(bytes(1480 - 28))
    case.reply(answer, to_v6(answer, 53))
    case.counters(packet_too_big=1)


@behaviour
def a_request_may_be_20_octets_longer_than_the_ipv4_link(case):
    """The header shrinks by 20 octets: an IPv6 packet of 1420 fits an IPv4 link of 1400; a longer one is told so
    (RFC 7915 5.2)."""
    case.config = with_mtu(nat64_balancer("udp", 53, 5353), INSIDE, 1400)
    fits = ip(V6.client, V6.vip) / UDP(sport=50001, dport=53) / Raw(bytes(1420 - 48))
    case.request(fits, to_v4(fits, 5353), FREE)
    longer = ip(V6.client, V6.vip) / UDP(sport=50001, dport=53) / Raw(bytes(1421 - 48))
    case.request(longer)
    case.answers(icmp_error(V6.vip, longer, "too_big", 1420))
    case.counters(packet_too_big=1)


@behaviour
def a_request_of_the_least_ipv6_size_is_fragmented_for_a_small_ipv4_link(case):
    """No IPv6 node sends less than 1280 on demand: what is up to that long may be fragmented on the IPv4 side (RFC
    7915 5.1)."""
    config = with_mtu(nat64_balancer("udp", 53, 5353), INSIDE, 1000)
    config["interfaces"][INSIDE]["addresses"] = [V4.inside + "/24"]
    config["snat_pools"]["local"]["addresses"] = [V4.snat]
    case.config = config
    packet = ip(V6.client, V6.vip) / UDP(sport=50001, dport=53) / Raw(bytes(range(244)) * 5 + bytes(12))
    assert len(bytes(packet)) == 1280
    payload = bytes(to_v4(packet, 5353))[20:]
    case.request(packet)
    for offset, length, more in ((0, 976, "MF"), (976, len(payload) - 976, 0)):
        piece = IP(src=V4.snat, dst=V4.a, ttl=63, id=0, flags=more, frag=offset // 8, proto=17)
        case.leaves(INSIDE, to_server(piece / Raw(payload[offset:offset + length])), FREE)


def open_udp(case):
    case.config = nat64_balancer("udp", 53, 5353)
    packet = datagram(V6.client, V6.vip)
    case.request(packet, to_v4(packet, 5353), FREE)
    answer = datagram(V4.a, V4.snat, 5353, 40000, b"192.0.2.7 it is")
    case.reply(answer, to_v6(answer, 53))
    return packet, answer


@behaviour
def icmp_errors_of_ipv4_reach_ipv6_clients(case):
    """RFC 7915 4.2: port unreachable, time exceeded, and fragmentation needed, whose MTU grows by the difference of
    the headers; the quoted packet becomes the one that the client sent."""
    packet, _ = open_udp(case)
    quoted = to_v4(packet, 5353, ttl=60)
    quote_after = IPv6(src=V6.client, dst=V6.vip, hlim=60) / UDP(sport=50001, dport=53) / packet[Raw]
    for (kind, code, mtu), (kind6, code6, word) in (((3, 3, 0), (1, 4, 0)), ((11, 0, 0), (3, 0, 0)),
                                                    ((3, 4, 1300), (2, 0, 1320)),
                                                    ((3, 1, 0), (1, 0, 0)), ((3, 13, 0), (1, 1, 0)),
                                                    ((3, 2, 0), (4, 1, 6))):
        arrived = icmp4(V4.a, V4.snat, struct.pack("!BBHHH", kind, code, 0, 0, mtu) + bytes(quoted))
        left = icmp6(V6.vip, V6.client, struct.pack("!BBHI", kind6, code6, 0, word) + bytes(quote_after), 63)
        case.reply(arrived, left)


@behaviour
def icmp_errors_of_ipv6_reach_ipv4_servers(case):
    """RFC 7915 5.2: the way back; packet too big becomes fragmentation needed, 20 octets less."""
    _, answer = open_udp(case)
    quoted = IPv6(src=V6.vip, dst=V6.client, hlim=60) / UDP(sport=53, dport=50001) / answer[Raw]
    quote_after = IP(src=V4.a, dst=V4.snat, ttl=60, id=0, flags=0) / UDP(sport=5353, dport=40000) / answer[Raw]
    for (kind6, code6, word), (kind, code, mtu) in (((1, 4, 0), (3, 3, 0)), ((3, 0, 0), (11, 0, 0)),
                                                    ((2, 0, 1280), (3, 4, 1260)),
                                                    ((1, 0, 0), (3, 1, 0)), ((1, 1, 0), (3, 10, 0)),
                                                    ((4, 1, 6), (3, 2, 0))):
        arrived = icmp6(V6.router, V6.vip, struct.pack("!BBHI", kind6, code6, 0, word) + bytes(quoted))
        message = struct.pack("!BBHHH", kind, code, 0, 0, mtu) + bytes(quote_after)
        left = icmp4(V4.snat, V4.a, message, 63, id=0, flags=0)
        case.request(arrived, left, FREE)


@behaviour
def icmp_errors_without_a_counterpart_do_not_cross(case):
    """RFC 7915 4.2: source quench and redirect have no meaning in IPv6."""
    packet, _ = open_udp(case)
    quoted = bytes(to_v4(packet, 5353))
    for kind, code in ((4, 0), (12, 1)):
        case.reply(icmp4(V4.a, V4.snat, struct.pack("!BBHHH", kind, code, 0, 0, 0) + quoted))
    case.counters(nat64_untranslatable=2)


@behaviour
def ipv6_fragments_become_ipv4_fragments(case):
    """RFC 7915 5.1.1: the fragment header becomes the fragment fields; the identification is the low 16 bits; DF is
    clear."""
    case.config = nat64_balancer("udp", 53, 5353)
    whole = datagram(V6.client, V6.vip, data=bytes(range(200)))
    after = to_v4(whole, 5353)
    payload, payload_after = bytes(whole)[40:], bytes(after)[20:]
    for offset, end in ((0, 104), (104, len(payload))):
        more = end < len(payload)
        piece = IPv6(src=V6.client, dst=V6.vip, hlim=64) / IPv6ExtHdrFragment(nh=17, offset=offset // 8, m=int(more),
                                                                              id=0xabcd1234)
        translated = IP(src=V4.snat, dst=V4.a, ttl=63, id=0x1234, flags="MF" if more else 0, frag=offset // 8, proto=17)
        case.request(piece / Raw(payload[offset:end]), translated / Raw(payload_after[offset:end]))
    case.counters(flows_created=1, fragments_forwarded=2)


@behaviour
def ipv4_fragments_become_ipv6_fragments(case):
    """RFC 7915 4.1: with a fragment header, the identification in its low 16 bits."""
    packet, _ = open_udp(case)
    whole = datagram(V4.a, V4.snat, 5353, 40000, bytes(range(200)))
    payload, payload_after = bytes(whole)[20:], bytes(to_v6(whole, 53))[40:]
    for offset, end in ((0, 104), (104, len(payload))):
        more = end < len(payload)
        piece = IP(src=V4.a, dst=V4.snat, id=0x4321, flags="MF" if more else 0, frag=offset // 8, proto=17)
        translated = IPv6(src=V6.vip, dst=V6.client, hlim=63) / IPv6ExtHdrFragment(nh=17, offset=offset // 8,
                                                                                   m=int(more), id=0x4321)
        case.reply(piece / Raw(payload[offset:end]), translated / Raw(payload_after[offset:end]))


@behaviour
def an_ipv4_fragment_without_a_udp_checksum_cannot_cross(case):
    """RFC 7915 4.5: the checksum would need the whole datagram; it is dropped and counted."""
    open_udp(case)
    head = struct.pack("!HHHH", 5353, 40000, 208, 0)
    case.reply(IP(src=V4.a, dst=V4.snat, id=5, flags="MF", proto=17) / Raw(head + bytes(96)))
    case.counters(fragment_unsupported=1)


@behaviour
def an_answer_without_df_too_long_for_any_ipv6_path_is_fragmented(case):
    """RFC 7915 4: an IPv4 packet that may be fragmented leaves as IPv6 fragments of at most 1280 octets, because
    nobody could tell its sender of a smaller link. The identification stays."""
    open_udp(case)
    answer = ip(V4.a, V4.snat, flags=0, id=0x4242) / UDP(sport=5353, dport=40000) / Raw(bytes(range(250)) * 5)
    payload = bytes(to_v6(answer, 53))[40:]
    case.reply(answer)
    for offset, end in ((0, 1232), (1232, len(payload))):
        header = IPv6ExtHdrFragment(nh=17, offset=offset // 8, m=int(end < len(payload)), id=0x4242)
        case.answers(IPv6(src=V6.vip, dst=V6.client, hlim=63) / header / Raw(payload[offset:end]))
