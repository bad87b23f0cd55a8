"""Several workers: a flow and its answers meet on one of them, by the NIC's hash or by handing packets over."""
from authoring.forward_cases import each_family
from authoring.fragment_cases import pieces
from authoring.oracle import *
from authoring.toeplitz import worker_of


def client_port(net, worker, vip_port=80, workers=2, beside=()):
    """A client's port whose packets come to that worker."""
    return next(port for port in range(50001, 60000)
                if port not in beside and worker_of(net.client, net.vip, (port, vip_port), workers) == worker)


def local_port(net, worker, server_port=8080, workers=2):
    """A source port of ours whose answers come to that worker."""
    return next(port for port in range(40000, 50000) if worker_of(net.a, net.snat, (server_port, port),
                                                                  workers) == worker)


def one_port(config, port):
    config["snat_pools"]["local"] |= {"port_first": port, "port_last": port}
    return config


@each_family("with_rss_an_{}_answer_comes_to_the_worker_of_its_flow", """The source port of a fullnat flow is chosen
                so that the NIC's own hash brings the answer to the worker that has the flow: nothing is handed over
                (wrong_core = 0).""")
def rss(case, net):
    for worker in (1,):
        port, local = client_port(net, worker), local_port(net, worker)
        case.config = one_port(balancer(service(net, "fullnat", "tcp", 80)), local)
        case.options |= {"workers": 2, "rss": "hardware"}
        packet = syn(net.client, net.vip, port)
        case.request(packet, hop(packet, src=net.snat, sport=local, dst=net.a, dport=8080))
        answer = segment(net.a, net.snat, 8080, local, 5000, 1001, "SA")
        case.reply(answer, hop(answer, src=net.vip, sport=80, dst=net.client, dport=port))
    case.counters(wrong_core=0, handed_off=0, flows_created=1)


@behaviour
def a_worker_never_uses_the_source_ports_of_another(case):
    """The only port there is hashes to worker 0: a flow on worker 1 cannot have it."""
    case.config = one_port(balancer(service(V4, "fullnat", "tcp", 80)), local_port(V4, 0))
    case.options |= {"workers": 2, "rss": "hardware"}
    case.request(syn(V4.client, V4.vip, client_port(V4, 1)))
    packet = syn(V4.client, V4.vip, client_port(V4, 0))
    case.request(packet, hop(packet, src=V4.snat, sport=local_port(V4, 0), dst=V4.a, dport=8080))
    case.counters(no_snat_port=1, wrong_core=0)


@each_family("without_rss_{}_packets_are_handed_to_the_worker_of_their_flow", """Where the device has no RSS, the
                worker that receives a packet computes the same hash and hands it to its owner by a ring, both
                ways.""")
def software(case, net):
    port, local = client_port(net, 1), local_port(net, 1)
    case.config = one_port(balancer(service(net, "fullnat", "tcp", 80)), local)
    case.options |= {"workers": 2}
    packet = syn(net.client, net.vip, port)
    case.request(packet, hop(packet, src=net.snat, sport=local, dst=net.a, dport=8080))
    answer = segment(net.a, net.snat, 8080, local, 5000, 1001, "SA")
    case.reply(answer, hop(answer, src=net.vip, sport=80, dst=net.client, dport=port))
    case.counters(handed_off=2, handed_in=2, wrong_core=0, flows_created=1)


@each_family("nat_flows_and_their_{}_answers_meet_on_one_worker", """In mode nat the answer has the client's address
                and port, whose hash is another one: packets of such services are steered by the client's address,
                both ways.""")
def nat(case, net):
    case.config = balancer(service(net, "nat"), servers(net.a, net.b))
    case.options |= {"workers": 2}
    for port in range(50001, 50009):
        packet = syn(net.client, net.vip, port)
        server = net.a if port % 2 else net.b
        case.request(packet, hop(packet, dst=server, dport=8080))
        answer = segment(server, net.client, 8080, port, 5000, 1001, "SA")
        case.reply(answer, hop(answer, src=net.vip, sport=80))
    case.counters(flows_created=8, no_flow=0)


@behaviour
def nat_flows_meet_on_one_worker_with_rss_too(case):
    """The NIC cannot know: it spreads request and answer by their own hashes, and the workers hand them over."""
    case.config = balancer(service(V4, "nat"), servers(V4.a, V4.b))
    case.options |= {"workers": 4, "rss": "hardware"}
    for port in range(50001, 50009):
        packet = syn(V4.client, V4.vip, port)
        server = V4.a if port % 2 else V4.b
        case.request(packet, hop(packet, dst=server, dport=8080))
        answer = segment(server, V4.client, 8080, port, 5000, 1001, "SA")
        case.reply(answer, hop(answer, src=V4.vip, sport=80))
    case.counters(flows_created=8)


@behaviour
def persistence_is_exact_over_workers(case):
    """A service with persistence is steered by client: all its flows are scheduled by one worker, whatever their
    ports."""
    case.config = balancer(service(V4, "dr", persistence={"timeout_ms": 60000}), servers(V4.a, V4.b, V4.c, port=None))
    case.options |= {"workers": 4, "rss": "hardware"}
    for port in range(50000, 50010):
        packet = syn(V4.client, V4.vip, port)
        case.request(packet, hop(packet), server=V4.a)
    case.counters(flows_created=10)


@behaviour
def fragments_meet_on_one_worker_and_go_to_the_owner_of_the_flow(case):
    """Later fragments have no ports: all of a datagram meet by addresses alone; with the ports of the first known,
    they go on together to the worker that has the flow."""
    port = client_port(V4, 1, 53)
    case.config = one_port(balancer(service(V4, "fullnat", "udp", 53), servers(V4.a, port=5353)), local_port(V4, 1,
                                                                                                             5353))
    case.options |= {"workers": 2, "rss": "hardware"}
    packet = datagram(V4.client, V4.vip, port, data=bytes(range(250)))
    after = hop(packet, src=V4.snat, sport=local_port(V4, 1, 5353), dst=V4.a, dport=5353)
    small = datagram(V4.client, V4.vip, port)
    case.request(small, hop(small, src=V4.snat, sport=local_port(V4, 1, 5353), dst=V4.a, dport=5353))
    for before, left in zip(pieces(packet, (104, 208)), pieces(after, (104, 208))):
        case.request(before, left)
    case.counters(flows_created=1)


@behaviour
def icmp_errors_reach_the_worker_of_their_flow(case):
    """The NIC hashes the error's own addresses; its flow is found by the quoted packet, on the worker that has it."""
    from authoring.icmp_cases import error
    port, local = client_port(V4, 1, 53), local_port(V4, 1, 5353)
    case.config = one_port(balancer(service(V4, "fullnat", "udp", 53), servers(V4.a, port=5353)), local)
    case.options |= {"workers": 2, "rss": "hardware"}
    packet = datagram(V4.client, V4.vip, port)
    there = hop(packet, src=V4.snat, sport=local, dst=V4.a, dport=5353)
    case.request(packet, there)
    arrived = error(V4, V4.a, V4.snat, "port", bytes(there))
    case.reply(arrived, error(V4, V4.vip, V4.client, "port", bytes(hop(packet)), ttl=63))
    case.counters(icmp_error_unmatched=0)


@behaviour
def server_limits_are_exact_over_workers(case):
    """`connections_max` counts the flows of all workers."""
    case.config = balancer(service(V4, "dr"), servers(V4.a, port=None, connections_max=2))
    case.options |= {"workers": 2, "rss": "hardware"}
    one, two = client_port(V4, 0), client_port(V4, 1)
    for port in (one, two):
        packet = syn(V4.client, V4.vip, port)
        case.request(packet, hop(packet), server=V4.a)
    case.request(syn(V4.client, V4.vip, client_port(V4, 0, beside=(one,))))
    case.request(syn(V4.client, V4.vip, client_port(V4, 1, beside=(two,))))
    case.counters(no_server_available=2)


@behaviour
def all_workers_take_a_new_configuration(case):
    """A server removed in the middle: neither worker sends it a new flow; the old ones go on."""
    config = balancer(service(V4, "dr"), servers(V4.a, V4.b, port=None))
    without = copy.deepcopy(config)
    del without["pools"]["web"]["servers"]["a"]
    case.config = config
    case.options |= {"workers": 2, "rss": "hardware"}
    old = [client_port(V4, 0), client_port(V4, 1)]
    for port in old:
        packet = syn(V4.client, V4.vip, port)
        case.request(packet, hop(packet), server=V4.a)
    case.apply(without)
    for worker in (0, 1):
        packet = segment(V4.client, V4.vip, old[worker])
        case.request(packet, hop(packet), server=V4.a)
        packet = syn(V4.client, V4.vip, client_port(V4, worker, beside=old))
        case.request(packet, hop(packet), server=V4.b)


@behaviour
def pings_through_the_gateway_come_back_to_their_worker(case):
    """An echo has no ports that a NIC would hash: its identifier is chosen so that it names the worker (modulo)."""
    from authoring.gateway_cases import HIDDEN, gateway
    case.config = gateway(port_last=65535)
    case.config["snat_pools"]["public"] |= {"port_first": 41000, "port_last": 41003}
    case.options |= {"workers": 4, "rss": "hardware"}
    identifier = 41000 + worker_of(V4.a, V4.client, workers=4)  # 41000 is a multiple of 4
    packet = ping(V4.a, V4.client, 0x77)
    case.reply(packet, ping(HIDDEN[4], V4.client, identifier, ttl=63))
    answer = ping(V4.client, HIDDEN[4], identifier, reply=True)
    case.request(answer, ping(V4.client, V4.a, 0x77, reply=True, ttl=63))
