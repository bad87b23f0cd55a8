"""Which server a new flow gets: schedulers, weights, limits, drain, removal, persistence."""
from authoring.forward_cases import each_family
from authoring.oracle import *


def pool_of(**weights):
    """Servers a, b, c with these weights, for mode dr."""
    return {name: {"address": getattr(V4, name), "weight": weight} for name, weight in weights.items()}


def direct(pool=None, **fields):
    return balancer(service(V4, "dr", **fields), pool or servers(V4.a, V4.b, V4.c, port=None))


def opens(case, port, server, client=V4.client, vip=V4.vip, dport=80):
    """A new connection from that port goes to that server; None: to nobody."""
    packet = syn(client, vip, port, dport)
    if server is None:
        case.request(packet)
    else:
        case.request(packet, hop(packet), server=server)


def goes_on(case, port, server, client=V4.client):
    packet = segment(client, V4.vip, port)
    case.request(packet, hop(packet), server=server)


def ends(case, port, server):
    """The client resets its connection: it no longer counts."""
    packet = segment(V4.client, V4.vip, port, flags="RA")
    case.request(packet, hop(packet), server=server)


@behaviour
def round_robin_takes_one_server_after_the_other(case):
    """`rr`: in the order of their names."""
    case.config = direct()
    for number, server in enumerate([V4.a, V4.b, V4.c] * 3):
        opens(case, 50000 + number, server)


@behaviour
def weighted_round_robin_interleaves_by_weight(case):
    """`wrr` as in IPVS: weights 4, 3, 2 give the sequence A A B A B C A B C."""
    case.config = direct(pool_of(a=4, b=3, c=2), scheduler="wrr")
    for number, server in enumerate("aababcabc" * 2):
        opens(case, 50000 + number, getattr(V4, server))


@behaviour
def least_connections_fills_the_emptiest_server(case):
    """`lc`: ended connections no longer count."""
    case.config = direct(scheduler="lc")
    for number, server in enumerate([V4.a, V4.b, V4.c]):
        opens(case, 50000 + number, server)
    ends(case, 50001, V4.b)
    opens(case, 50003, V4.b)
    opens(case, 50004, V4.a)


@behaviour
def weighted_least_connections_fills_in_proportion(case):
    """`wlc`: connections per weight; of equals the first by name."""
    case.config = direct(pool_of(a=2, b=1), scheduler="wlc")
    for number, server in enumerate("abaaba"):
        opens(case, 50000 + number, getattr(V4, server))


@behaviour
def shortest_expected_delay_prefers_the_faster_server(case):
    """`sed`: (connections + 1) / weight; the heavier one gets several before the lighter one gets its first."""
    case.config = direct(pool_of(a=3, b=1), scheduler="sed")
    for number, server in enumerate("aaabaaab"):
        opens(case, 50000 + number, getattr(V4, server))


@behaviour
def never_queue_uses_idle_servers_first(case):
    """`nq`: as sed, but a server without connections comes first."""
    case.config = direct(pool_of(a=3, b=1), scheduler="nq")
    for number, server in enumerate("abaaa"):
        opens(case, 50000 + number, getattr(V4, server))


@behaviour
def failover_uses_the_heaviest_server_that_is_there(case):
    """`fo`: all to one; the next one only while it is down; then back."""
    case.config = direct(pool_of(a=1, b=9, c=5), scheduler="fo")
    opens(case, 50000, V4.b)
    opens(case, 50001, V4.b)
    case.step(server="web/b", status="down")
    opens(case, 50002, V4.c)
    case.step(server="web/b", status="up")
    opens(case, 50003, V4.b)


@behaviour
def overflow_goes_to_the_next_server(case):
    """`ovf`: the heaviest server until it has as many connections as its weight, then the next."""
    case.config = direct(pool_of(a=1, b=3, c=2), scheduler="ovf")
    for number, server in enumerate("bbbcca"):
        opens(case, 50000 + number, getattr(V4, server))
    opens(case, 50006, None)
    case.counters(no_server_available=1)


@behaviour
def servers_that_are_down_get_no_new_flows(case):
    """By health or by the operator; when all are, the flow is refused and counted."""
    case.config = direct()
    case.config["pools"]["web"]["servers"]["c"]["state"] = "down"
    case.step(server="web/a", status="down")
    opens(case, 50000, V4.b)
    opens(case, 50001, V4.b)
    case.step(server="web/b", status="down")
    opens(case, 50002, None)
    case.step(server="web/a", status="up")
    opens(case, 50003, V4.a)
    case.counters(no_server_available=1)


@behaviour
def a_service_without_servers_refuses(case):
    """An empty pool is no mistake: servers may come later."""
    case.config = balancer(service(V4, "dr"))
    case.config["pools"]["web"]["servers"] = {}
    opens(case, 50000, None)
    case.apply(direct())
    opens(case, 50000, V4.a)
    case.counters(no_server_available=1)


@behaviour
def weight_zero_takes_no_new_flows_but_keeps_the_old(case):
    """As operators quiesce a server with ipvsadm: a change of weight, in a new configuration."""
    case.config = direct(pool_of(a=1, b=1))
    opens(case, 50000, V4.a)
    case.apply(direct(pool_of(a=0, b=1)))
    goes_on(case, 50000, V4.a)
    opens(case, 50001, V4.b)
    opens(case, 50002, V4.b)


@behaviour
def a_draining_server_keeps_its_flows_and_gets_no_new(case):
    """`state: drain`."""
    config = direct()
    case.config = config
    opens(case, 50000, V4.a)
    drained = copy.deepcopy(config)
    drained["pools"]["web"]["servers"]["a"]["state"] = "drain"
    case.apply(drained)
    goes_on(case, 50000, V4.a)
    for port, server in ((50001, V4.b), (50002, V4.c), (50003, V4.b)):
        opens(case, port, server)


@behaviour
def flows_left_after_the_drain_deadline_are_reset(case):
    """What has not ended by itself is told so at its next packet; then its entry is gone."""
    case.config = direct()
    opens(case, 50000, V4.a)
    goes_on(case, 50000, V4.a)
    case.step(server="web/a", status="draining")
    goes_on(case, 50000, V4.a)
    case.step(server="web/a", reset_flows=True)
    packet = segment(V4.client, V4.vip, 50000, data=b"still here")
    case.request(packet)
    case.answers(reset_of(packet))
    case.counters(drained=1, tcp_resets_sent=1, flows_active=0)


@behaviour
def a_server_at_its_limit_is_passed_over(case):
    """`connections_max`: exact; a connection that ends makes room."""
    config = direct(servers(V4.a, V4.b, port=None, connections_max=1))
    case.config = config
    opens(case, 50000, V4.a)
    opens(case, 50001, V4.b)
    opens(case, 50002, None)
    ends(case, 50000, V4.a)
    opens(case, 50003, V4.a)
    case.counters(no_server_available=1)


@behaviour
def the_limit_counts_over_all_services_of_a_server(case):
    """A server has one limit, however many services use its pool."""
    case.config = direct(servers(V4.a, port=None, connections_max=2))
    case.config["services"]["other"] = service(V4, "dr", ports=443)
    opens(case, 50000, V4.a)
    opens(case, 50000, V4.a, dport=443)
    opens(case, 50001, None)
    opens(case, 50001, None, dport=443)
    case.counters(no_server_available=2)


@behaviour
def the_sorry_server_helps_out_only_when_all_others_cannot(case):
    """`sorry_server`: not among the servers that are scheduled to; flows it has got stay when others are back."""
    case.config = direct()
    case.config["pools"]["web"]["sorry_server"] = "c"
    opens(case, 50000, V4.a)
    opens(case, 50001, V4.b)
    opens(case, 50002, V4.a)
    case.step(server="web/a", status="down")
    case.step(server="web/b", status="down")
    opens(case, 50003, V4.c)
    case.step(server="web/a", status="up")
    opens(case, 50004, V4.a)
    goes_on(case, 50003, V4.c)


def removal(policy):
    config = direct(servers(V4.a, V4.b, port=None), removed_server=policy)
    without = copy.deepcopy(config)
    del without["pools"]["web"]["servers"]["a"]
    return config, without


@behaviour
def flows_of_a_removed_server_go_on(case):
    """`removed_server: keep`, the default: no connection breaks because of a change of configuration; new ones go
    elsewhere."""
    case.config, without = removal("keep")
    opens(case, 50000, V4.a)
    opens(case, 50001, V4.b)
    case.apply(without)
    goes_on(case, 50000, V4.a)
    goes_on(case, 50001, V4.b)
    opens(case, 50002, V4.b)
    opens(case, 50003, V4.b)


@behaviour
def flows_of_a_removed_server_may_be_reset(case):
    """`removed_server: reset`: at their next packet."""
    case.config, without = removal("reset")
    opens(case, 50000, V4.a)
    case.apply(without)
    packet = segment(V4.client, V4.vip, 50000)
    case.request(packet)
    case.answers(reset_of(packet))
    case.counters(server_removed=1, tcp_resets_sent=1)


@behaviour
def flows_of_a_removed_server_may_be_rescheduled(case):
    """`removed_server: reschedule`: another server takes over in the middle; useful where servers share connection
    state, and for UDP."""
    case.config, without = removal("reschedule")
    opens(case, 50000, V4.a)
    case.apply(without)
    goes_on(case, 50000, V4.b)
    goes_on(case, 50000, V4.b)
    case.counters(flows_created=2)


@behaviour
def a_server_that_comes_back_finds_its_flows(case):
    """Removed and added again under the same name while flows still name it: they go on, and it is scheduled to
    again."""
    case.config, without = removal("keep")
    opens(case, 50000, V4.a)
    case.apply(without)
    goes_on(case, 50000, V4.a)
    case.apply(case.config)
    goes_on(case, 50000, V4.a)
    opens(case, 50001, V4.b)
    opens(case, 50002, V4.a)
    case.counters(flows_created=3)


@behaviour
def udp_flows_of_a_server_that_is_down_are_rescheduled(case):
    """The policy counts for servers that fail their health check as well: a datagram has no connection to lose."""
    case.config = balancer(service(V4, "dr", "udp", 53, removed_server="reschedule"), servers(V4.a, V4.b, port=None))
    packet = datagram(V4.client, V4.vip)
    case.request(packet, hop(packet), server=V4.a)
    case.step(server="web/a", status="down")
    case.request(packet, hop(packet), server=V4.b)
    case.request(packet, hop(packet), server=V4.b)


@behaviour
def changes_elsewhere_do_not_touch_a_flow(case):
    """Adding, changing and removing other services, pools, servers and routes under traffic: the flow notices
    nothing."""
    case.config = direct()
    opens(case, 50000, V4.a)
    changed = copy.deepcopy(case.config)
    changed["services"]["mail"] = {"address": "10.1.0.99", "protocol": "tcp", "ports": 25, "pool": "mail",
                                   "mode": "nat"}
    changed["pools"]["mail"] = {"servers": {"m": {"address": "10.2.0.55"}}}
    changed["pools"]["web"]["servers"]["aa"] = {"address": "10.2.0.66"}
    changed["routes"].append({"prefix": "10.66.0.0/16", "via": [{"gateway": V4.c}]})
    case.apply(changed)
    goes_on(case, 50000, V4.a)
    case.apply(case.config)
    goes_on(case, 50000, V4.a)
    case.counters(flows_created=1)


@behaviour
def a_disabled_service_is_not_served(case):
    """`enabled: false`: kept in the configuration; its address still answers, its packets are dropped and counted."""
    case.config = direct(enabled=False)
    opens(case, 50000, None)
    case.counters(service_disabled=1)


@behaviour
def a_client_stays_with_its_server_by_persistence(case):
    """`persistence`: every flow of a client goes where its first went, whatever the scheduler says; others are
    scheduled."""
    case.config = direct(persistence={"timeout_ms": 60000})
    opens(case, 50000, V4.a)
    opens(case, 50001, V4.a)
    opens(case, 50000, V4.b, client=V4.client2)
    opens(case, 50002, V4.a)
    opens(case, 50001, V4.b, client=V4.client2)


@behaviour
def persistence_counts_for_a_prefix_of_clients(case):
    """`prefix_v4: 24`: everybody behind one provider's addresses."""
    case.config = direct(persistence={"timeout_ms": 60000, "prefix_v4": 24})
    opens(case, 50000, V4.a)
    opens(case, 50000, V4.a, client="203.0.113.200")
    opens(case, 50000, V4.b, client="203.0.114.7")


@behaviour
def persistence_ends_with_its_timeout(case):
    """Each new flow renews it; without one the client is scheduled anew."""
    case.config = direct(persistence={"timeout_ms": 10000})
    opens(case, 50000, V4.a)
    for port in (50001, 50002):
        case.wait(8)
        opens(case, port, V4.a)
    case.wait(12)
    opens(case, 50003, V4.b)


@behaviour
def persistence_leaves_a_server_that_takes_no_new_flows(case):
    """Down, drained or full: the client goes to another server and stays there."""
    case.config = direct(persistence={"timeout_ms": 60000})
    opens(case, 50000, V4.a)
    case.step(server="web/a", status="down")
    opens(case, 50001, V4.b)
    case.step(server="web/a", status="up")
    opens(case, 50002, V4.b)


@behaviour
def an_exact_port_wins_over_a_range_and_a_range_over_any(case):
    """Precedence of services on one address; a protocol wins over any protocol."""
    def to(server):
        return {"servers": {"s": {"address": server}}}
    case.config = appliance(
        services={"any": service(V4, "dr", "any", "any", pool="any"), "range": service(V4, "dr", "tcp", "80-89",
                                                                                       pool="range"),
                  "one": service(V4, "dr", "tcp", 85, pool="one")},
        pools={"any": to(V4.a), "range": to(V4.b), "one": to(V4.c)})
    for port, server in ((85, V4.c), (80, V4.b), (84, V4.b), (86, V4.b), (89, V4.b), (79, V4.a), (90, V4.a),
                         (1, V4.a), (65535, V4.a)):
        opens(case, 50000, server, dport=port)
    packet = datagram(V4.client, V4.vip, dport=85)
    case.request(packet, hop(packet), server=V4.a)


@behaviour
def tcp_and_udp_services_of_one_port_are_two_services(case):
    """DNS is both."""
    def to(server):
        return {"servers": {"s": {"address": server}}}
    case.config = appliance(services={"tcp": service(V4, "dr", "tcp", 53, pool="tcp"), "udp": service(V4, "dr", "udp",
                                                                                                      53, pool="udp")},
                            pools={"tcp": to(V4.a), "udp": to(V4.b)})
    opens(case, 50000, V4.a, dport=53)
    packet = datagram(V4.client, V4.vip, 50000)
    case.request(packet, hop(packet), server=V4.b)
