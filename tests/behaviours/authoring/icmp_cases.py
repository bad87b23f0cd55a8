"""ICMP errors about packets of flows: they reach who sent the quoted packet, in words that it recognises (RFC 5508,
RFC 4443)."""
from authoring.forward_cases import each_family
from authoring.oracle import *


def open_flow(case, net, to_server_as, packet=None):
    """A SYN of the client and the answer; returns what the server has got and what the client has got."""
    packet = packet or syn(net.client, net.vip)
    there = hop(packet, **to_server_as)
    case.request(packet, there)
    answer = segment(net.a, there.src, there[TCP].dport, there[TCP].sport, 5000, 1001, "SA")
    back = hop(answer, src=net.vip, dst=net.client, sport=80, dport=packet[TCP].sport)
    case.reply(answer, back)
    return packet, there, answer, back


def error(net, source, destination, kind, quoted, mtu=0, ttl=64):
    """An error with an arbitrary quote."""
    numbers = {"too_big": ((3, 4), (2, 0)), "port": ((3, 3), (1, 4)), "ttl": ((11, 0), (3, 0)), "host": ((3, 1),
                                                                                                         (1, 3))}
    number = numbers[kind][0 if net is V4 else 1]
    head = struct.pack("!BBHHH", *number, 0, 0, mtu) if net is V4 else struct.pack("!BBHI", *number, 0, mtu)
    return icmp_message(source, destination, head + quoted, ttl=ttl)


MODES = {"nat": lambda net: {"dst": net.a, "dport": 8080},
         "fullnat": lambda net: {"src": net.snat, "sport": 40000, "dst": net.a, "dport": 8080}}


def from_servers_side(mode):
    def make(case, net):
        case.config = balancer(service(net, mode))
        sent_packet, there, _, _ = open_flow(case, net, MODES[mode](net))
        for kind, source, length in (("port", net.a, None), ("too_big", net.a, 28 if net is V4 else 48),
                                     ("ttl", "10.2.0.77" if net is V4 else "2001:db8:2::77", None)):
            quoted = bytes(there)[:length]
            about = hop(sent_packet, dst=sent_packet.dst)  # what the client recognises: its own packet, a hop on
            arrived = error(net, source, there.src, kind, quoted, 1400 if kind == "too_big" else 0)
            left = error(net, net.vip, net.client, kind, bytes(about)[:length], 1400 if kind == "too_big" else 0, 63)
            case.reply(arrived, left, server=net.a)
    each_family(f"{mode}_translates_errors_from_the_servers_side_over_{{}}",
                """An error about a packet that went to the server quotes the translated packet; the client gets it
                from the virtual address, about the packet it sent itself: addresses, ports and all checksums inside
                too.""")(make)


def from_clients_side(mode):
    def make(case, net):
        case.config = balancer(service(net, mode))
        _, _, answer, back = open_flow(case, net, MODES[mode](net))
        for kind, length in (("host", None), ("too_big", 28 if net is V4 else 48)):
            mtu = 1300 if kind == "too_big" else 0
            arrived = error(net, net.router, net.vip, kind, bytes(back)[:length], mtu)
            source = net.router if mode == "nat" else net.snat
            left = error(net, source, net.a, kind, bytes(hop(answer))[:length], mtu, 63)
            case.request(arrived, left)
    each_family(f"{mode}_translates_errors_from_the_clients_side_over_{{}}",
                """Path MTU discovery of a server: the router's error about an answer comes to the virtual address
                and goes to the server, about the packet as the server sent it.""")(make)


for each in MODES:
    from_servers_side(each)
    from_clients_side(each)


@each_family("direct_routing_passes_{}_errors_to_the_server_of_the_flow", """Answers of the server bypass us, but
                errors about them come to the virtual address, which is here: they go on unchanged to the server
                that holds the flow (as Katran and Maglev do).""")
def direct(case, net):
    case.config = balancer(service(net, "dr"), servers(net.a, net.b, port=None))
    for port, server in ((50001, net.a), (50002, net.b)):
        packet = syn(net.client, net.vip, port)
        case.request(packet, hop(packet), server=server)
    about = segment(net.vip, net.client, 80, 50002, ttl=60, data=bytes(1400))
    arrived = error(net, net.router, net.vip, "too_big", bytes(about)[:548], 1400)
    case.request(arrived, hop(arrived), server=net.b)


@each_family("tunnels_carry_{}_errors_to_the_server_of_the_flow", """The same in mode tunnel: the error travels
                inside.""")
def tunnelled(case, net):
    from authoring.mode_cases import OUTER_FREE, encapsulated
    case.config = balancer(service(net, "tunnel"), servers(net.a, port=None))
    free = OUTER_FREE[net.family]
    packet = syn(net.client, net.vip)
    case.request(packet, encapsulated(net, net.a, hop(packet), "ipip"), free)
    about = segment(net.vip, net.client, 80, 50001, ttl=60, data=bytes(1400))
    arrived = error(net, net.router, net.vip, "too_big", bytes(about)[:548], 1400)
    case.request(arrived, encapsulated(net, net.a, hop(arrived), "ipip"), free)


@each_family("{}_errors_about_nothing_we_know_are_dropped", """An error to an address of ours whose quoted packet
                belongs to no flow: forged, or very late (RFC 5927).""")
def unmatched(case, net):
    case.config = balancer(service(net, "nat"))
    about = segment(net.vip, net.client, 80, 50009)
    case.request(error(net, net.router, net.vip, "port", bytes(about)))
    about = datagram(net.outside, net.client, 53, 50009)
    case.request(error(net, net.router, net.outside, "port", bytes(about)))
    case.counters(icmp_error_unmatched=2)


@each_family("{}_errors_about_forwarded_packets_are_forwarded", """An error for somebody behind us is a packet like
                any other.""")
def passing(case, net):
    about = datagram(net.a, net.client, 53, 50001)
    packet = error(net, net.router, net.a, "port", bytes(about))
    case.request(packet, hop(packet))


@behaviour
def errors_do_not_end_or_keep_a_flow(case):
    """RFC 5508 REQ-7 and RFC 5927: an ICMP error must neither tear down nor refresh the state of the flow it is
    about."""
    config = balancer(service(V4, "nat", "udp", 53, timeouts={"udp_one_way_ms": 10000}), servers(V4.a, V4.b, port=None))
    case.config = config
    packet = datagram(V4.client, V4.vip)
    case.request(packet, hop(packet, dst=V4.a))
    for _ in range(2):
        case.wait(4)
        arrived = error(V4, V4.a, V4.client, "port", bytes(hop(packet, dst=V4.a)))
        case.reply(arrived, error(V4, V4.vip, V4.client, "port", bytes(hop(packet)), ttl=63))
    case.wait(5)
    case.request(packet, hop(packet, dst=V4.b))
    case.counters(flows_created=2)


@behaviour
def a_quote_with_ip_options_is_translated(case):
    """The quoted header may be longer than 20 octets; its ports are behind the options."""
    case.config = balancer(service(V4, "nat"))
    plain, there, _, _ = open_flow(case, V4, MODES["nat"](V4))
    options = b"\x94\x04\0\0"
    quoted = raw_ipv4({"src": V4.client, "dst": V4.a, "id": 7, "proto": 6}, options, 60, 0x4000, bytes(there)[20:])
    after = raw_ipv4({"src": V4.client, "dst": V4.vip, "id": 7, "proto": 6}, options, 60, 0x4000, bytes(plain)[20:])
    case.reply(error(V4, V4.a, V4.client, "ttl", bytes(quoted)), error(V4, V4.vip, V4.client, "ttl", bytes(after),
                                                                       ttl=63))
