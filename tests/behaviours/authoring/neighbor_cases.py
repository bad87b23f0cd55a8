"""Next hops whose MAC address is not known yet, or never will be."""
from authoring.forward_cases import each_family
from authoring.oracle import *


@each_family("{}_packets_wait_for_their_next_hop_and_leave_in_order", """RFC 1122 2.3.2.2: packets to an unresolved
                address are kept and sent, oldest first, when it is resolved; those after it pass at once.""")
def waiting(case, net):
    case.config = balancer(service(net, "nat", "udp", 53), servers(net.a, port=5353))
    case.options["silent"] = [net.a]
    packets = [datagram(net.client, net.vip, 50001 + i, data=bytes([i])) for i in range(5)]
    for packet in packets:
        case.request(packet)
    case.step(answer=net.a)
    for packet in packets:
        case.leaves(INSIDE, to_server(hop(packet, dst=net.a, dport=5353)))
    case.request(packets[0], hop(packets[0], dst=net.a, dport=5353))


@behaviour
def a_full_queue_for_a_next_hop_drops_the_newest(case):
    """Eight packets wait for each next hop; more are dropped and counted: an unreachable address cannot take all
    buffers."""
    case.options["silent"] = [V4.a]
    packets = [datagram(V4.client, V4.a, data=bytes([i])) for i in range(11)]
    for packet in packets:
        case.request(packet)
    case.step(answer=V4.a)
    for packet in packets[:8]:
        case.leaves(INSIDE, to_server(hop(packet)))
    case.counters(neighbor_queue_full=3)


@each_family("an_{}_next_hop_that_never_answers_is_unreachable", """What waited is dropped; later packets are
                answered with host or address unreachable (RFC 1812 5.2.7.1, RFC 4443 3.1 code 3).""")
def failed(case, net):
    case.options["silent"] = [net.a]
    packet = datagram(net.client, net.a)
    case.request(packet)
    case.request(packet)
    case.step(give_up=net.a)
    case.request(packet)
    case.answers(icmp_error(net.outside, packet, "host"), "ipv4_identification")
    case.counters(neighbor_unresolved=3, icmp_errors_sent=1)


@behaviour
def one_silent_next_hop_does_not_hold_up_others(case):
    """Each waits for its own neighbor."""
    case.options["silent"] = [V4.a]
    first, second = datagram(V4.client, V4.a), datagram(V4.client, V4.b)
    case.request(first)
    case.request(second, hop(second))
    case.step(answer=V4.a)
    case.leaves(INSIDE, to_server(hop(first)))


@behaviour
def flows_take_a_new_route_at_their_next_packet(case):
    """Routes and interfaces may change under traffic: a known flow finds its next hops again, its server stays."""
    def config(router):
        made = balancer(service(V4, "nat", "udp", 53), servers("10.9.0.11", "10.9.0.12", port=5353))
        made["routes"].append({"prefix": "10.9.0.0/24", "via": [{"gateway": router}]})
        return made
    case.config = config(V4.a)
    packet = datagram(V4.client, V4.vip)
    case.request(packet, hop(packet, dst="10.9.0.11", dport=5353), server=V4.a)
    case.apply(config(V4.b))
    case.request(packet, hop(packet, dst="10.9.0.11", dport=5353), server=V4.b)
    answer = datagram("10.9.0.11", V4.client, 5353, 50001)
    case.reply(answer, hop(answer, src=V4.vip, sport=53), server=V4.b)
    case.counters(flows_created=1)


@behaviour
def a_lost_route_is_answered_and_a_new_one_taken(case):
    """While there is no route to its server a flow's packets are refused; it goes on when there is one again."""
    config = balancer(service(V4, "nat", "udp", 53), servers("10.9.0.11", port=5353))
    config["routes"] = [{"prefix": "203.0.113.0/24", "via": [{"gateway": V4.router}]}]
    good = copy.deepcopy(config)
    good["routes"].append({"prefix": "10.9.0.0/24", "via": [{"gateway": V4.a}]})
    case.config = good
    packet = datagram(V4.client, V4.vip)
    case.request(packet, hop(packet, dst="10.9.0.11", dport=5353), server=V4.a)
    case.apply(config)
    case.request(packet)
    case.answers(icmp_error(V4.vip, packet, "net"), "ipv4_identification")
    case.apply(good)
    case.request(packet, hop(packet, dst="10.9.0.11", dport=5353), server=V4.a)
    case.counters(no_route=1, flows_created=1)


@behaviour
def generated_packets_wait_for_their_next_hop_too(case):
    """An ICMP error to a client whose router is not resolved yet is kept like any other packet."""
    case.options["silent"] = [V4.router]
    packet = datagram(V4.client, V4.a, ttl=1)
    case.request(packet)
    case.step(answer=V4.router)
    case.answers(icmp_error(V4.outside, packet, "ttl"), "ipv4_identification")
    case.counters(ttl_exceeded=1)


@each_family("a_{}_service_whose_server_never_answers_is_unreachable_as_the_client_sees_it", """The error quotes the
                client's own packet, not the translated one: else no client would believe it.""")
def failed_server(case, net):
    case.config = balancer(service(net, "fullnat", "udp", 53), servers(net.a, port=5353))
    case.options["silent"] = [net.a]
    packet = datagram(net.client, net.vip)
    case.request(packet)
    case.step(give_up=net.a)
    case.request(packet)
    case.answers(icmp_error(net.vip, packet, "host"), "ipv4_identification")
    case.counters(neighbor_unresolved=2, icmp_errors_sent=1)
