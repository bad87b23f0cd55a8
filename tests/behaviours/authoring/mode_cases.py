"""How packets reach the servers: each mode, both families, TCP and UDP, and the way back."""
from authoring.oracle import *

NAMES = {4: "ipv4", 6: "ipv6"}


def tcp_conversation(case, net, to_server_as, reply_as):
    """A handshake, one request, one answer and the end, as client and server see them."""
    client, vip = net.client, net.vip

    def request(packet):
        case.request(packet, hop(packet, **to_server_as))

    def reply(flags, seq, ack, data=b""):
        answer = segment(net.a, reply_as[0], 8080, reply_as[1], seq, ack, flags, data)
        case.reply(answer, hop(answer, src=vip, dst=client, sport=80, dport=50001))
    request(syn(client, vip))
    reply("SA", 5000, 1001)
    request(segment(client, vip))
    request(segment(client, vip, flags="PA", data=b"GET / HTTP/1.0\r\n\r\n"))
    reply("PA", 5001, 1019, b"HTTP/1.0 200 OK\r\n\r\n")
    reply("FA", 5020, 1019)
    request(segment(client, vip, seq=1019, ack=5021, flags="FA"))
    reply("A", 5021, 1020)
    case.counters(flows_created=1)


def udp_conversation(case, net, to_server_as, reply_as):
    question = datagram(net.client, net.vip)
    case.request(question, hop(question, **to_server_as))
    answer = datagram(net.a, reply_as[0], 5353, reply_as[1], b"192.0.2.7 it is")
    case.reply(answer, hop(answer, src=net.vip, dst=net.client, sport=53, dport=50001))
    case.counters(flows_created=1, flows_embryonic=0)


def nat(net, protocol):
    def make(case):
        tcp = protocol == "tcp"
        port = 8080 if tcp else 5353
        case.config = balancer(service(net, "nat", protocol, 80 if tcp else 53), servers(net.a, port=port))
        talk = tcp_conversation if tcp else udp_conversation
        talk(case, net, {"dst": net.a, "dport": port}, (net.client, 50001))
    add(f"nat_rewrites_the_destination_of_{protocol}_over_{NAMES[net.family]}_and_back",
        """Mode nat: the server gets the client's packet with its own address and port, the client gets answers from
        the virtual address. TTL and both checksums follow (RFC 3022 4.1, RFC 1624).""", make)


def fullnat(net, protocol):
    def make(case):
        tcp = protocol == "tcp"
        port = 8080 if tcp else 5353
        case.config = balancer(service(net, "fullnat", protocol, 80 if tcp else 53), servers(net.a, port=port))
        talk = tcp_conversation if tcp else udp_conversation
        talk(case, net, {"src": net.snat, "sport": 40000, "dst": net.a, "dport": port}, (net.snat, 40000))
    add(f"fullnat_rewrites_both_ends_of_{protocol}_over_{NAMES[net.family]}_and_back",
        """Mode fullnat: to the server the connection comes from an address and port of the appliance, so that its
        answers come back here without special routes.""", make)


def direct(net, protocol):
    def make(case):
        tcp = protocol == "tcp"
        case.config = balancer(service(net, "dr", protocol, 80 if tcp else 53), servers(net.a, net.b, port=None))
        for port, server in ((50001, net.a), (50002, net.b), (50001, net.a)):
            packet = syn(net.client, net.vip, port) if tcp else datagram(net.client, net.vip, port)
            case.request(packet, hop(packet), server=server)
        case.counters(flows_created=2)
    add(f"direct_routing_of_{protocol}_over_{NAMES[net.family]}_changes_only_the_mac_address",
        """Mode dr: servers hold the virtual address themselves, so the packet stays as it is but for a hop less of
        TTL; it reaches its server by MAC address. Answers go to clients without passing here.""", make)


for each in NETS:
    for kind in ("tcp", "udp"):
        nat(each, kind)
        fullnat(each, kind)
        direct(each, kind)


OUTER = {4: {"id": 0}, 6: {}}
OUTER_FREE = {4: ["ipv4_identification"], 6: ["ipv6_flow_label"]}


def encapsulated(outer_net, server, inner, encapsulation, traffic_class=0):
    """The packet as it leaves towards `server`: RFC 2003 and 2473 (IPIP family), RFC 2784 (GRE), GUE variant 0 on
    port 6080."""
    six = isinstance(inner, IPv6)
    protocol = 41 if six else 4
    shim, number = b"", protocol
    if encapsulation == "gre":
        shim, number = struct.pack("!HH", 0, 0x86dd if six else 0x0800), 47
    source = outer_net.inside
    if outer_net.family == 4:
        dont_fragment = "DF" if six or inner.flags.DF else 0
        outer = IP(src=source, dst=server, ttl=64, id=0, tos=traffic_class, flags=dont_fragment, proto=number)
    else:
        outer = IPv6(src=source, dst=server, hlim=64, tc=traffic_class, nh=number)
    if encapsulation != "gue":
        return outer / Raw(shim + bytes(inner))
    checksum = {"chksum": 0} if outer_net.family == 4 else {}
    head = UDP(sport=50000, dport=6080, **checksum) / Raw(struct.pack("!BBH", 0, protocol, 0) + bytes(inner))
    if outer_net.family == 4:
        outer.proto = 17
    else:
        outer.nh = 17
    return outer / head


def tunnel(inner_net, outer_net, encapsulation):
    def make(case):
        case.config = balancer(service(inner_net, "tunnel", "tcp", 80, encapsulation=encapsulation),
                               servers(outer_net.a, port=None))
        free = OUTER_FREE[outer_net.family] + (["udp_source_port"] if encapsulation == "gue" else [])
        for packet in (syn(inner_net.client, inner_net.vip), segment(inner_net.client, inner_net.vip),
                       segment(inner_net.client, inner_net.vip, data=b"odd")):
            case.request(packet, encapsulated(outer_net, outer_net.a, hop(packet), encapsulation), free)
        case.counters(flows_created=1)
    add(f"{encapsulation}_tunnel_carries_{NAMES[inner_net.family]}_to_an_{NAMES[outer_net.family]}_server",
        """Mode tunnel: the client's packet travels whole, a hop less of TTL, behind an outer header from the
        appliance to the server (TTL 64; DF copied, and set for an IPv6 packet; GUE over IPv6 needs a UDP checksum,
        RFC 8200 8.1).""", make)


for each in ("ipip", "gre", "gue"):
    for inside in NETS:
        for outside in NETS:
            tunnel(inside, outside, each)


@behaviour
def tunnel_copies_traffic_class_and_a_clear_dont_fragment(case):
    """The outer header carries the inner DSCP and ECN (RFC 2983, RFC 6040) and lets the outer packet be fragmented
    if the inner one may be (RFC 2003 3.1)."""
    case.config = balancer(service(V4, "tunnel", "udp", 53), servers(V4.a, port=None))
    packet = datagram(V4.client, V4.vip, tos=0xb9, flags=0)
    case.request(packet, encapsulated(V4, V4.a, hop(packet), "ipip", 0xb9), "ipv4_identification")


@behaviour
def tunnel_copies_the_ipv6_traffic_class(case):
    """The same for IPv6, whose traffic class lies across two octets."""
    case.config = balancer(service(V6, "tunnel", "udp", 53, encapsulation="gre"), servers(V6.a, port=None))
    packet = datagram(V6.client, V6.vip, tc=0xb9)
    case.request(packet, encapsulated(V6, V6.a, hop(packet), "gre", 0xb9), "ipv6_flow_label")


@behaviour
def a_server_without_a_port_gets_the_port_the_client_asked_for(case):
    """`port` of a server is optional: a range of ports then maps one to one."""
    case.config = balancer(service(V4, "nat", "tcp", "8000-8099"), servers(V4.a, port=None))
    for port in (8000, 8050, 8099):
        packet = syn(V4.client, V4.vip, dport=port)
        case.request(packet, hop(packet, dst=V4.a))
        answer = segment(V4.a, V4.client, port, 50001, 5000, 1001, "SA")
        case.reply(answer, hop(answer, src=V4.vip))


@behaviour
def fullnat_without_a_pool_uses_the_address_of_the_interface_towards_the_server(case):
    """`snat_pool` is optional; the source port is then any of 1024 to 65535."""
    case.config = balancer(service(V4, "fullnat", "udp", 53, snat_pool=None), servers(V4.a, port=5353))
    del case.config["services"]["web"]["snat_pool"]
    packet = datagram(V4.client, V4.vip)
    case.request(packet, hop(packet, src=V4.inside, dst=V4.a, dport=5353), "udp_source_port")


@behaviour
def nat_leaves_a_udp_checksum_of_zero_alone(case):
    """Over IPv4 zero means "none" (RFC 768): it must not become a wrong checksum."""
    case.config = balancer(service(V4, "nat", "udp", 53), servers(V4.a, port=5353))
    packet = ip(V4.client, V4.vip) / UDP(sport=50001, dport=53, chksum=0) / Raw(b"unchecked")
    case.request(packet, hop(packet, dst=V4.a, dport=5353))


@behaviour
def nat_never_makes_a_udp_checksum_of_zero(case):
    """A datagram whose checksum comes out as zero carries ffff instead (RFC 768)."""
    case.config = balancer(service(V4, "nat", "udp", 53), servers(V4.a, port=5353))
    without = hop(datagram(V4.client, V4.vip, data=b"\0\0"), dst=V4.a, dport=5353)
    missing = struct.unpack("!H", bytes(without)[26:28])[0]  # what makes the sum all ones, and the checksum zero
    packet = datagram(V4.client, V4.vip, data=struct.pack("!H", missing))
    after = hop(packet, dst=V4.a, dport=5353)
    assert bytes(after)[26:28] == b"\xff\xff"
    case.request(packet, after)


@behaviour
def padding_of_a_short_frame_does_not_travel(case):
    """Ethernet pads frames to 60 octets; only the IP packet goes on."""
    case.config = balancer(service(V4, "nat", "udp", 53), servers(V4.a, port=5353))
    packet = datagram(V4.client, V4.vip, data=b"x")
    case.arrives(OUTSIDE, bytes(from_router(packet)) + b"\xaa" * 17)
    case.leaves(INSIDE, to_server(hop(packet, dst=V4.a, dport=5353)))


@behaviour
def any_protocol_services_carry_what_has_no_ports(case):
    """A service with protocol any takes every IP protocol to its address; here ESP (50), by direct routing."""
    case.config = balancer(service(V4, "dr", "any", "any"), servers(V4.a, V4.b, port=None))
    packet = ip(V4.client, V4.vip, proto=50) / Raw(bytes(range(40)))
    case.request(packet, hop(packet), server=V4.a)
    case.request(packet, hop(packet), server=V4.a)
    other = ip(V4.client2, V4.vip, proto=50) / Raw(bytes(range(40)))
    case.request(other, hop(other), server=V4.b)
    case.counters(flows_created=2)


@behaviour
def nat_carries_protocols_without_ports_by_address(case):
    """In mode nat a protocol that is not TCP or UDP has its addresses rewritten, both ways."""
    case.config = balancer(service(V4, "nat", "any", "any"), servers(V4.a, port=None))
    packet = ip(V4.client, V4.vip, proto=50) / Raw(bytes(range(40)))
    case.request(packet, hop(packet, dst=V4.a))
    answer = ip(V4.a, V4.client, proto=50) / Raw(bytes(range(40, 80)))
    case.reply(answer, hop(answer, src=V4.vip))


def long_datagram(length, **fields):
    return ip(V4.client, V4.vip, **fields) / UDP(sport=50001, dport=53) / Raw(bytes(i % 251
                                                                                    for i in range(length - 28)))


def tunnel_mtu(encapsulation, outer_net, most):
    def make(case):
        case.config = balancer(service(V4, "tunnel", "udp", 53, encapsulation=encapsulation), servers(outer_net.a,
                                                                                                      port=None))
        packet = long_datagram(most + 1)
        case.request(packet)
        case.answers(icmp_error(V4.vip, packet, "too_big", most), "ipv4_identification")
        packet = long_datagram(most)
        free = OUTER_FREE[outer_net.family] + (["udp_source_port"] if encapsulation == "gue" else [])
        case.request(packet, encapsulated(outer_net, outer_net.a, hop(packet), encapsulation), free)
        case.counters(packet_too_big=1)
    add(f"a_{encapsulation}_tunnel_over_{NAMES[outer_net.family]}_leaves_room_for_{most}_octets",
        """The client hears of an MTU that leaves room for the headers of the tunnel (RFC 2003 3.1, RFC 2473 7): the
        most frequent trouble of tunnels in the field.""", make)


for each, net_, room in (("ipip", V4, 1480), ("ipip", V6, 1460), ("gre", V4, 1476), ("gre", V6, 1456),
                         ("gue", V4, 1468),
                         ("gue", V6, 1448)):
    tunnel_mtu(each, net_, room)


@behaviour
def a_tunnel_over_ipv4_fragments_what_may_be_fragmented(case):
    """Inner DF clear: outer DF clear, and the outer packet is cut; the server puts it together before it looks inside
    (RFC 2003 3.1)."""
    case.config = balancer(service(V4, "tunnel", "udp", 53), servers(V4.a, port=None))
    packet = long_datagram(1500, flags=0)
    payload = bytes(encapsulated(V4, V4.a, hop(packet), "ipip"))[20:]
    case.request(packet)
    for offset, end in ((0, 1480), (1480, 1500)):
        piece = IP(src=V4.inside, dst=V4.a, id=0, ttl=64, proto=4, flags="MF" if end < 1500 else 0, frag=offset // 8)
        case.leaves(INSIDE, to_server(piece / Raw(payload[offset:end])), "ipv4_identification")


@behaviour
def a_tunnel_over_ipv6_fragments_what_may_be_fragmented(case):
    """The same with an IPv6 server: the appliance is the source of the outer packet and may fragment it (RFC 2473
    7.2 (b))."""
    case.config = balancer(service(V4, "tunnel", "udp", 53), servers(V6.a, port=None))
    packet = long_datagram(1500, flags=0)
    payload = bytes(hop(packet))
    case.request(packet)
    for offset, end in ((0, 1448), (1448, 1500)):
        outer = IPv6(src=V6.inside, dst=V6.a, hlim=64) / IPv6ExtHdrFragment(nh=4, offset=offset // 8,
                                                                            m=int(end < 1500), id=0)
        case.leaves(INSIDE, to_server(outer / Raw(payload[offset:end])), ["ipv6_flow_label",
                                                                          "ipv6_fragment_identification"])


@behaviour
def a_burst_that_must_all_be_fragmented_loses_nothing(case):
    """32 packets at once, each cut in two: twice as many leave as came."""
    case.config = with_mtu(balancer(service(V4, "nat", "udp", 53), servers(V4.a, port=5353)), INSIDE, 1400)
    first = datagram(V4.client, V4.vip)
    case.request(first, hop(first, dst=V4.a, dport=5353))
    case.now_ms += 1
    for number in range(32):
        packet = long_datagram(1500, flags=0, id=number)
        case.arrives(OUTSIDE, from_router(packet), together=True)
        payload = bytes(hop(packet, dst=V4.a, dport=5353))[20:]
        for offset, end in ((0, 1376), (1376, len(payload))):
            more = "MF" if end < len(payload) else 0
            piece = IP(src=V4.client, dst=V4.a, id=number, ttl=63, proto=17, flags=more, frag=offset // 8)
            case.leaves(INSIDE, to_server(piece / Raw(payload[offset:end])))
