"""Flows: what opens one, what belongs to none, how long one lives, and what happens when there are too many."""
from authoring.forward_cases import each_family
from authoring.oracle import *


def nat_to(packet, server, port=8080):
    return hop(packet, dst=server, dport=port)


def two_servers(mode="nat", **fields):
    of_service = service(V4, mode, **fields)
    return balancer(of_service, servers(V4.a, V4.b, port=8080 if mode == "nat" else None))


def open_tcp(case, port, server, seq=1000):
    """A whole handshake through mode nat."""
    packet = syn(V4.client, V4.vip, port, seq=seq)
    case.request(packet, nat_to(packet, server))
    answer = segment(server, V4.client, 8080, port, 5000, seq + 1, "SA")
    case.reply(answer, hop(answer, src=V4.vip, sport=80))
    packet = segment(V4.client, V4.vip, port, seq=seq + 1)
    case.request(packet, nat_to(packet, server))


def close_tcp(case, port, server):
    packet = segment(V4.client, V4.vip, port, flags="FA")
    case.request(packet, nat_to(packet, server))
    answer = segment(server, V4.client, 8080, port, 5001, 1002, "FA")
    case.reply(answer, hop(answer, src=V4.vip, sport=80))
    packet = segment(V4.client, V4.vip, port, seq=1002, ack=5002)
    case.request(packet, nat_to(packet, server))


@each_family("an_{}_segment_of_an_unknown_connection_is_reset", """`unknown_flow: reset`, the default: after a
                restart or a very long pause the client learns at once that its connection is gone, and opens
                another (RFC 9293 3.10.7.1).""")
def unknown_reset(case, net):
    case.config = balancer(service(net, "nat"))
    packet = segment(net.client, net.vip, flags="PA", data=b"still there?")
    case.request(packet)
    case.answers(reset_of(packet))
    case.request(segment(net.client, net.vip, flags="R"))
    case.counters(no_flow=2, tcp_resets_sent=1, flows_created=0)


@behaviour
def a_segment_of_an_unknown_connection_may_be_dropped(case):
    """`unknown_flow: drop`: no answer."""
    case.config = two_servers(unknown_flow="drop")
    case.request(segment(V4.client, V4.vip))
    case.counters(no_flow=1, tcp_resets_sent=0)


@behaviour
def a_segment_of_an_unknown_connection_may_be_scheduled(case):
    """`unknown_flow: schedule`: taken up in the middle, as after a failover from another node; it counts as
    established."""
    case.config = two_servers(unknown_flow="schedule")
    for port, server in ((50001, V4.a), (50002, V4.b), (50001, V4.a)):
        packet = segment(V4.client, V4.vip, port)
        case.request(packet, nat_to(packet, server))
    case.counters(flows_created=2, flows_embryonic=0)


@behaviour
def a_reset_never_opens_a_flow(case):
    """Not even with `unknown_flow: schedule`, nor together with SYN."""
    case.config = two_servers(unknown_flow="schedule")
    case.request(segment(V4.client, V4.vip, flags="RA"))
    case.request(segment(V4.client, V4.vip, flags="SR"))
    case.counters(no_flow=2, flows_created=0)


@behaviour
def a_retransmitted_syn_stays_with_its_server(case):
    """The flow exists from the first SYN on; a SYN again, and one of the same burst, belong to it."""
    case.config = two_servers()
    packet = syn(V4.client, V4.vip)
    case.request(packet, nat_to(packet, V4.a))
    case.wait(1)
    case.request(packet, nat_to(packet, V4.a))
    other = syn(V4.client, V4.vip, 50002)
    case.request(other, nat_to(other, V4.b))
    case.arrives(OUTSIDE, from_router(other), together=True)
    case.leaves(INSIDE, to_server(nat_to(other, V4.b)))
    case.counters(flows_created=2)


@behaviour
def an_idle_connection_is_forgotten_after_its_timeout(case):
    """`tcp_established_ms`; a packet before it runs out renews it. Afterwards the connection is unknown."""
    case.config = two_servers(timeouts={"tcp_established_ms": 60000})
    open_tcp(case, 50001, V4.a)
    for pause in (50, 50):
        case.wait(pause)
        packet = segment(V4.client, V4.vip)
        case.request(packet, nat_to(packet, V4.a))
    case.wait(65)
    case.request(packet)
    case.answers(reset_of(packet))
    case.counters(flows_created=1, flows_expired=1, no_flow=1)


@behaviour
def answers_keep_a_connection_alive_too(case):
    """A download renews its flow although the client only acknowledges now and then."""
    case.config = two_servers(timeouts={"tcp_established_ms": 60000})
    open_tcp(case, 50001, V4.a)
    for number in range(3):
        case.wait(50)
        answer = segment(V4.a, V4.client, 8080, 50001, 5001 + number, 1001, data=b"x")
        case.reply(answer, hop(answer, src=V4.vip, sport=80))
    case.counters(flows_expired=0)


@behaviour
def a_half_open_connection_is_forgotten_sooner(case):
    """`tcp_syn_ms`: 30 s for a handshake that is never completed."""
    case.config = two_servers()
    packet = syn(V4.client, V4.vip)
    case.request(packet, nat_to(packet, V4.a))
    case.wait(34)
    case.request(packet, nat_to(packet, V4.b))
    case.counters(flows_created=2, flows_expired=1)


@behaviour
def udp_flows_with_answers_live_longer(case):
    """`udp_one_way_ms` (30 s) until an answer was seen, then `udp_ms` (180 s)."""
    case.config = balancer(service(V4, "nat", "udp", 53), servers(V4.a, V4.b, port=5353))
    answered, alone = datagram(V4.client, V4.vip, 50001), datagram(V4.client, V4.vip, 50002)
    case.request(answered, nat_to(answered, V4.a, 5353))
    case.request(alone, nat_to(alone, V4.b, 5353))
    answer = datagram(V4.a, V4.client, 5353, 50001)
    case.reply(answer, hop(answer, src=V4.vip, sport=53))
    case.wait(100)
    case.request(answered, nat_to(answered, V4.a, 5353))
    case.request(alone, nat_to(alone, V4.a, 5353))
    case.counters(flows_created=3, flows_expired=1)


@behaviour
def a_closed_connection_lingers_and_is_forgotten(case):
    """After FIN both ways late segments still pass; a minute later the flow is gone (RFC 9293 TIME-WAIT, as a
    middlebox sees it)."""
    case.config = two_servers()
    open_tcp(case, 50001, V4.a)
    close_tcp(case, 50001, V4.a)
    case.wait(30)
    late = segment(V4.client, V4.vip, seq=1002, ack=5002)
    case.request(late, nat_to(late, V4.a))
    case.wait(65)
    case.request(late)
    case.answers(reset_of(late))
    case.counters(flows_expired=1, no_flow=1)


@behaviour
def a_syn_on_a_closed_connection_opens_a_new_one(case):
    """A client may use its port again at once (RFC 9293 3.6.1): the flow is scheduled anew. IPVS users know the
    other behaviour as one-second stalls (conn_reuse_mode)."""
    case.config = two_servers()
    open_tcp(case, 50001, V4.a)
    close_tcp(case, 50001, V4.a)
    case.wait(1)
    packet = syn(V4.client, V4.vip, seq=900000)
    case.request(packet, nat_to(packet, V4.b))
    case.counters(flows_created=2)


@behaviour
def a_syn_after_a_reset_opens_a_new_connection(case):
    """The same after RST, from either side."""
    case.config = two_servers()
    open_tcp(case, 50001, V4.a)
    packet = segment(V4.a, V4.client, 8080, 50001, 5001, 1001, "RA")
    case.reply(packet, hop(packet, src=V4.vip, sport=80))
    packet = syn(V4.client, V4.vip, seq=900000)
    case.request(packet, nat_to(packet, V4.b))
    case.counters(flows_created=2)


@behaviour
def a_syn_on_a_living_connection_does_not_disturb_it(case):
    """A forged or stray SYN with the ports of an established connection goes to its server, which answers with a
    challenge ACK (RFC 9293 3.10.7.4, RFC 5961); the flow stays."""
    case.config = two_servers()
    open_tcp(case, 50001, V4.a)
    stray = syn(V4.client, V4.vip, seq=77)
    case.request(stray, nat_to(stray, V4.a))
    packet = segment(V4.client, V4.vip, data=b"go on")
    case.request(packet, nat_to(packet, V4.a))
    case.counters(flows_created=1, flows_embryonic=0)


@behaviour
def a_reset_that_nobody_believes_does_not_end_a_connection(case):
    """A forged RST outside of the window is ignored by the ends (RFC 5961); when they go on talking, so does the
    flow with its long timeout."""
    case.config = two_servers()
    open_tcp(case, 50001, V4.a)
    forged = segment(V4.client, V4.vip, seq=99, flags="R")
    case.request(forged, nat_to(forged, V4.a))
    packet = segment(V4.client, V4.vip, data=b"go on")
    case.request(packet, nat_to(packet, V4.a))
    case.wait(300)
    packet = segment(V4.client, V4.vip, seq=1006)
    case.request(packet, nat_to(packet, V4.a))
    case.counters(flows_expired=0)


@behaviour
def two_connections_to_one_server_by_fullnat_need_two_ports(case):
    """With one source port there is one flow to a server at a time; another server may use the same port. The next
    is refused."""
    case.config = balancer(service(V4, "fullnat"), servers(V4.a, V4.b))
    for port, server in ((50001, V4.a), (50002, V4.b)):
        packet = syn(V4.client, V4.vip, port)
        case.request(packet, hop(packet, src=V4.snat, sport=40000, dst=server, dport=8080))
    case.request(syn(V4.client, V4.vip, 50003))
    case.counters(no_snat_port=1, flows_created=2)


@behaviour
def a_source_port_is_free_again_when_its_flow_has_ended(case):
    """The flow table itself is the register of ports in use: nothing can leak."""
    case.config = balancer(service(V4, "fullnat"))
    packet = syn(V4.client, V4.vip, 50001)
    case.request(packet, hop(packet, src=V4.snat, sport=40000, dst=V4.a, dport=8080))
    case.wait(34)
    packet = syn(V4.client, V4.vip, 50002)
    case.request(packet, hop(packet, src=V4.snat, sport=40000, dst=V4.a, dport=8080))
    case.counters(flows_created=2, flows_expired=1)


@behaviour
def two_services_of_one_client_port_do_not_collide_by_nat(case):
    """Mode nat keeps the client's address and port: two virtual addresses that lead to the same server and port
    would make the same connection there. The second is refused, not mixed up with the first."""
    case.config = two_servers()
    other = service(V4, "nat") | {"address": "10.1.0.81"}
    case.config["pools"]["web"]["servers"].pop("b")
    case.config["services"]["other"] = other
    packet = syn(V4.client, V4.vip)
    case.request(packet, nat_to(packet, V4.a))
    case.request(syn(V4.client, "10.1.0.81"))
    case.counters(flow_conflict=1, flows_created=1)


@behaviour
def a_flood_of_new_connections_cannot_evict_established_ones(case):
    """Embryonic flows may take half of the table; then each new one evicts another embryonic one. Established
    connections stay."""
    case.config = two_servers("nat", scheduler="fo")
    case.config["memory"] = {"embryonic_percent": 50}
    case.options |= {"flows_v4": 64, "flows_wide": 64}
    for number in range(10):
        open_tcp(case, 40000 + number, V4.a)
    for number in range(300):
        packet = syn("198.51.100.%d" % (number % 250), V4.vip, 1024 + number)
        case.request(packet)
        case.leaves(INSIDE, to_server(nat_to(packet, V4.a)))
    for number in range(10):
        packet = segment(V4.client, V4.vip, 40000 + number)
        case.request(packet, nat_to(packet, V4.a))
    case.counters(no_flow=0)


@behaviour
def a_full_table_refuses_new_flows(case):
    """When every entry holds an established flow, a new one is dropped and counted; the old ones go on."""
    case.config = two_servers("nat", scheduler="fo", unknown_flow="schedule")
    case.options |= {"flows_v4": 16, "flows_wide": 16}
    for number in range(18):
        packet = segment(V4.client, V4.vip, 40000 + number)
        case.request(packet)
        if number < 16:
            case.leaves(INSIDE, to_server(nat_to(packet, V4.a)))
    packet = segment(V4.client, V4.vip, 40003)
    case.request(packet, nat_to(packet, V4.a))
    case.counters(flow_table_full=2, flows_created=16)


@behaviour
def a_hashed_one_way_service_goes_on_without_the_table(case):
    """Modes dr and tunnel with a hash scheduler need no entry: when the table is full, packets are sent by hash
    alone (as Maglev does), and counted."""
    case.config = balancer(service(V4, "dr", scheduler="maglev"), servers(V4.a, port=None))
    case.options |= {"flows_v4": 16, "flows_wide": 16}
    for number in range(24):
        packet = segment(V4.client, V4.vip, 40000 + number)
        case.request(packet, hop(packet), server=V4.a)
    case.counters(flows_created=16, flows_stateless=8)
