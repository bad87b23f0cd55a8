"""The SNAT gateway: what leaves through an interface and is not for a service gets an address of ours (RFC 3022,
4787, 5382, 5508)."""
from authoring.forward_cases import each_family
from authoring.icmp_cases import error
from authoring.oracle import *

HIDDEN = {4: "10.1.0.100", 6: "2001:db8:1::100"}
PORT = 41000


def gateway(**pool):
    return appliance(snat_pools={"public": {"addresses": list(HIDDEN.values()), "port_first": PORT,
                                            "port_last": PORT} | pool},
                     snat_rules=[{"source": "10.2.0.0/24", "interface": OUTSIDE, "snat_pool": "public"},
                                 {"source": "2001:db8:2::/64", "interface": OUTSIDE, "snat_pool": "public"}])


@each_family("the_gateway_hides_{}_tcp_behind_its_own_address", """A server that opens a connection to the world is
                seen as the gateway; answers find their way back.""")
def tcp(case, net):
    case.config = gateway()
    hidden = HIDDEN[net.family]
    packet = syn(net.a, net.client, 33333, 443)
    case.reply(packet, hop(packet, src=hidden, sport=PORT))
    answer = segment(net.client, hidden, 443, PORT, 5000, 1001, "SA")
    case.request(answer, hop(answer, dst=net.a, dport=33333))
    packet = segment(net.a, net.client, 33333, 443)
    case.reply(packet, hop(packet, src=hidden, sport=PORT))
    case.counters(flows_created=1, flows_embryonic=0)


@each_family("the_gateway_hides_{}_udp_behind_its_own_address", """The same for UDP; another destination may use the
                same port again, as flows are told apart by both ends (RFC 4787 calls it address and port dependent
                mapping).""")
def udp(case, net):
    case.config = gateway()
    hidden = HIDDEN[net.family]
    for peer in (net.client, net.client2):
        packet = datagram(net.a, peer, 33333)
        case.reply(packet, hop(packet, src=hidden, sport=PORT))
    answer = datagram(net.client2, hidden, 53, PORT)
    case.request(answer, hop(answer, dst=net.a, dport=33333))
    case.counters(flows_created=2)


@each_family("the_gateway_hides_{}_pings_behind_its_own_address", """RFC 5508 3: the echo identifier is translated
                like a port, so that two stations may ping the same host.""")
def pings(case, net):
    case.config = gateway(port_last=PORT + 1)
    case.config["snat_pools"]["public"]["port_last"] = PORT
    hidden = HIDDEN[net.family]
    packet = ping(net.a, net.client, 0x77)
    case.reply(packet, ping(hidden, net.client, PORT, ttl=63))
    answer = ping(net.client, hidden, PORT, reply=True)
    case.request(answer, ping(net.client, net.a, 0x77, reply=True, ttl=63))
    again = ping(net.a, net.client, 0x77, sequence=2)
    case.reply(again, ping(hidden, net.client, PORT, sequence=2, ttl=63))
    case.counters(flows_created=1)


@each_family("errors_about_hidden_{}_packets_reach_the_station_behind", """RFC 5508 4: the quoted packet becomes the
                one the station sent; this is how its traceroute and path MTU discovery work.""")
def errors(case, net):
    case.config = gateway()
    hidden = HIDDEN[net.family]
    packet = datagram(net.a, net.client, 33333)
    out = hop(packet, src=hidden, sport=PORT)
    case.reply(packet, out)
    arrived = error(net, net.router, hidden, "ttl", bytes(out))
    case.request(arrived, error(net, net.router, net.a, "ttl", bytes(hop(packet)), ttl=63))


@behaviour
def the_gateway_hides_only_what_its_rules_name(case):
    """Other sources, and traffic that leaves elsewhere, keep their addresses."""
    case.config = gateway()
    case.config["interfaces"][INSIDE]["addresses"].append("10.5.0.1/24")
    packet = datagram("10.5.0.9", V4.client)
    case.reply(packet, hop(packet), server="10.5.0.9")
    packet = datagram(V4.a, "10.5.0.9")
    case.arrives(INSIDE, from_server(packet))
    case.leaves(INSIDE, to_server(hop(packet)))


@behaviour
def the_most_specific_rule_of_the_gateway_counts(case):
    """A single station may leave with an address of its own."""
    case.config = gateway()
    case.config["snat_pools"]["own"] = {"addresses": ["10.1.0.111"], "port_first": 42000, "port_last": 42000}
    case.config["snat_rules"].append({"source": V4.b + "/32", "interface": OUTSIDE, "snat_pool": "own"})
    for server, hidden, port in ((V4.a, HIDDEN[4], PORT), (V4.b, "10.1.0.111", 42000)):
        packet = datagram(server, V4.client, 33333)
        case.reply(packet, hop(packet, src=hidden, sport=port))


@behaviour
def the_gateway_refuses_when_its_ports_are_used_up(case):
    """One address and one port carry one flow to each destination; the next one is dropped and counted."""
    case.config = gateway()
    packet = datagram(V4.a, V4.client, 33333)
    case.reply(packet, hop(packet, src=HIDDEN[4], sport=PORT))
    case.reply(datagram(V4.b, V4.client, 33333))
    case.counters(no_snat_port=1, flows_created=1)


@behaviour
def the_gateway_cannot_hide_what_has_no_ports(case):
    """ESP and its kin: two stations could not be told apart."""
    case.config = gateway()
    case.reply(ip(V4.a, V4.client, proto=50) / Raw(bytes(40)))
    case.counters(unsupported_protocol=1)


@behaviour
def strangers_cannot_reach_in_through_the_gateway(case):
    """A segment or datagram to the hidden address that belongs to no flow is refused; nothing goes inside."""
    case.config = gateway()
    packet = syn(V4.client, HIDDEN[4], 1234, PORT)
    case.request(packet)
    case.answers(reset_of(packet))
    packet = datagram(V4.client, HIDDEN[4], 1234, PORT)
    case.request(packet)
    case.answers(icmp_error(HIDDEN[4], packet, "port"), "ipv4_identification")
    case.counters(no_flow=2)


@behaviour
def an_idle_flow_of_the_gateway_gives_its_port_back(case):
    """UDP that only one side sent on: 30 s. Then the port is free for others."""
    case.config = gateway()
    packet = datagram(V4.a, V4.client, 33333)
    case.reply(packet, hop(packet, src=HIDDEN[4], sport=PORT))
    case.wait(33)
    packet = datagram(V4.b, V4.client, 33333)
    case.reply(packet, hop(packet, src=HIDDEN[4], sport=PORT))
    case.counters(flows_created=2, flows_expired=1)
