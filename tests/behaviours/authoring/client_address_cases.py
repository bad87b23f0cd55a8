"""How servers learn the client's address: the TOA option and the PROXY protocol header."""
from authoring.oracle import *


def option_toa(net, port=50001):
    """Kind 254, its length, port and address of the client (8 octets, for IPv6 20)."""
    import ipaddress
    address = ipaddress.ip_address(net.client).packed
    return (254, struct.pack("!H", port) + address)


def with_toa(packet, net):
    """The option comes first, so that no end-of-options stands before it."""
    after = copy.deepcopy(packet)
    after[TCP].options = [option_toa(net)] + list(after[TCP].options)
    return after


TO_SERVER = {"sport": 40000, "dport": 8080}


def toa(net):
    def make(case):
        case.config = balancer(service(net, "fullnat", client_address="toa"))
        to_server_as = TO_SERVER | {"src": net.snat, "dst": net.a}
        size = 8 if net is V4 else 20

        def request(packet, option):
            case.request(packet, with_toa(hop(packet, **to_server_as), net) if option else hop(packet, **to_server_as))

        def reply(packet, **changes):
            after = hop(packet, src=net.vip, dst=net.client, sport=80, dport=50001)
            for name, value in changes.items():
                setattr(after[TCP], name, value)
            case.reply(packet, after)
        request(syn(net.client, net.vip), True)
        answer = segment(net.a, net.snat, 8080, 40000, 5000, 1001, "SA")
        answer[TCP].options = [("MSS", 1460)]
        reply(answer, options=[("MSS", 1460 - size)])
        request(segment(net.client, net.vip), True)
        request(segment(net.client, net.vip, flags="PA", data=b"GET / HTTP/1.0\r\n\r\n"), True)
        reply(segment(net.a, net.snat, 8080, 40000, 5001, 1019, "PA", b"hello"))
        request(segment(net.client, net.vip, seq=1019, ack=5006), False)
    add(f"toa_tells_the_server_of_an_ipv{net.family}_client_until_it_has_answered",
        """`client_address: toa`: option 254 in the SYN and in the client's segments up to the server's first data;
        the MSS of the SYN-ACK is lowered so that a full segment still fits with the option.""", make)


toa(V4)
toa(V6)


@behaviour
def toa_is_left_out_where_it_does_not_fit(case):
    """40 octets of options are all that TCP has, and the MTU is the MTU: such a segment goes without the option."""
    case.config = balancer(service(V4, "nat", client_address="toa"))
    packet = ip(V4.client, V4.vip) / TCP(sport=50001, dport=80, seq=1000, flags="S",
                                         options=[("MSS", 1460), ("Timestamp", (1, 0)), ("SAckOK", b""),
                                                  ("WScale", 7)] + [("NOP", None)] * 21)
    assert bytes(packet)[32] >> 4 == 15
    case.request(packet, hop(packet, dst=V4.a, dport=8080))


@behaviour
def toa_tells_an_ipv4_server_of_an_ipv6_client(case):
    """NAT64: the only way for the server to know. The option has the IPv6 address."""
    case.config = balancer(service(V6, "fullnat", client_address="toa"), servers(V4.a))
    packet = syn(V6.client, V6.vip)
    after = IP(src=V4.snat, dst=V4.a, ttl=63, id=0, flags=0) / copy.deepcopy(packet[TCP])
    after[TCP].sport, after[TCP].dport = 40000, 8080
    case.request(packet, with_toa(after, V6), "ipv4_identification")


def proxy_header(net, port=50001, dport=80):
    """PROXY protocol version 2 (haproxy's proxy-protocol.txt 2.2): signature, version 2 command PROXY, family,
    length, addresses, ports."""
    import ipaddress
    addresses = ipaddress.ip_address(net.client).packed + ipaddress.ip_address(net.vip).packed
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11 if net is V4 else 0x21]) + struct.pack("!H", len(addresses) +
                                                                                              4) + \
        addresses + struct.pack("!HH", port, dport)


class Proxied:
    """A connection with a PROXY header: sequence numbers of the client are shifted once the header is in."""

    def __init__(self, case, net, mode="fullnat"):
        case.config = balancer(service(net, mode, client_address="proxy_v2"))
        self.case, self.net, self.header = case, net, proxy_header(net)
        self.local = (net.snat, 40000) if mode == "fullnat" else (net.client, 50001)

    def request(self, flags="A", seq=1001, ack=5001, data=b"", shifted=0, header=False, options=()):
        packet = segment(self.net.client, self.net.vip, 50001, 80, seq, ack, flags, data)
        packet[TCP].options = list(options)
        inserted = self.header if header else b""
        after = segment(self.local[0], self.net.a, self.local[1], 8080, seq + shifted, ack, flags, inserted + data,
                        ttl=63)
        after[TCP].options = list(options)
        self.case.request(packet, after)

    def reply(self, flags="A", seq=5001, ack=1001, data=b"", to_client_ack=None, options=(), options_after=None):
        packet = segment(self.net.a, self.local[0], 8080, self.local[1], seq, ack, flags, data)
        packet[TCP].options = list(options)
        after = segment(self.net.vip, self.net.client, 80, 50001, seq, ack if to_client_ack is None
                        else to_client_ack, flags, data, ttl=63)
        after[TCP].options = list(options if options_after is None else options_after)
        self.case.reply(packet, after)

    def handshake(self):
        size = len(self.header)
        self.request("S", 1000, 0, options=[("MSS", 1460)])
        self.reply("SA", 5000, 1001, options=[("MSS", 1460)], options_after=[("MSS", 1460 - size)])


def proxy(net):
    def make(case):
        talk = Proxied(case, net)
        size = len(talk.header)
        talk.handshake()
        talk.request(header=True)                                            # the client's ACK carries the header
        talk.request("PA", data=b"GET / HTTP/1.0\r\n\r\n",
                     header=True)      # not acknowledged yet: the header again, then the data
        talk.reply(ack=1019 + size, to_client_ack=1019)
        talk.request("PA", 1019, data=b"more", shifted=size)
        talk.reply("PA", ack=1023 + size, to_client_ack=1023, data=b"fine")
        talk.request("FA", 1023, 5005, shifted=size)
        talk.reply("FA", 5005, 1024 + size, to_client_ack=1024)
        talk.request("A", 1024, 5006, shifted=size)
    add(f"a_proxy_header_goes_before_the_first_byte_of_an_ipv{net.family}_client",
        """`client_address: proxy_v2`: the header is inserted at the start of the stream; later sequence numbers are
        shifted on, the server's acknowledgments back; the MSS is lowered so that nothing outgrows the path.""", make)


proxy(V4)
proxy(V6)


@behaviour
def a_lost_proxy_header_is_sent_again(case):
    """Until the server has acknowledged it, every segment that starts the client's stream carries the header;
    afterwards a retransmission of the first data is only shifted."""
    talk = Proxied(case, V4, "nat")
    size = len(talk.header)
    talk.handshake()
    talk.request("PA", data=b"first", header=True)
    case.wait(1)
    talk.request("PA", data=b"first", header=True)
    talk.reply(ack=1001 + size, to_client_ack=1001)
    talk.request("PA", data=b"first", shifted=size)
    talk.reply(ack=1006 + size, to_client_ack=1006)


@behaviour
def an_acknowledgment_inside_the_proxy_header_acknowledges_nothing(case):
    """A server may acknowledge only a part of the header: to the client that is still its SYN."""
    talk = Proxied(case, V4)
    talk.handshake()
    talk.request("PA", data=b"first", header=True)
    talk.reply(ack=1011, to_client_ack=1001)
    talk.request("PA", data=b"first", header=True)


@behaviour
def selective_acknowledgments_are_shifted_too(case):
    """RFC 2018 blocks name sequence numbers of the client: they go back by the length of the header."""
    talk = Proxied(case, V4)
    size = len(talk.header)
    talk.handshake()
    talk.request("PA", data=b"first", header=True)
    talk.request("PA", 1106, data=b"third", shifted=size)
    edges = (1106 + size, 1111 + size)
    talk.reply(ack=1006 + size, to_client_ack=1006, options=[("NOP", None), ("NOP", None), ("SAck", edges)],
               options_after=[("NOP", None), ("NOP", None), ("SAck", (1106, 1111))])


@behaviour
def a_client_cannot_forge_a_toa_option(case):
    """Its own option 254 becomes no-operations: in a SYN whose options are full there is no room for ours, and the
    server would believe the client."""
    case.config = balancer(service(V4, "nat", client_address="toa"))
    forged = (254, struct.pack("!H", 9) + bytes([10, 0, 0, 1]))
    packet = ip(V4.client, V4.vip) / TCP(sport=50001, dport=80, seq=1000, flags="S", options=[("MSS", 1460), forged] +
                                         [("NOP", None)] * 28)
    after = hop(packet, dst=V4.a, dport=8080)
    after[TCP].options = [("MSS", 1460)] + [("NOP", None)] * 36
    case.request(packet, after)
    packet = ip(V4.client, V4.vip) / TCP(sport=50002, dport=80, seq=1000, flags="S", options=[forged])
    after = hop(packet, dst=V4.a, dport=8080)
    after[TCP].options = [option_toa(V4, 50002)] + [("NOP", None)] * 8
    case.request(packet, after)


@behaviour
def nothing_comes_before_the_proxy_header(case):
    """A client that sends data in its SYN, or before its first byte, would put a header of its own before ours: it
    is cut off. TCP sends it again where it belongs."""
    talk = Proxied(case, V4)
    forged = talk.header[:16] + bytes([10, 0, 0, 1]) + talk.header[20:]
    packet = segment(V4.client, V4.vip, seq=1000, ack=0, flags="S", data=forged)
    case.request(packet, segment(V4.snat, V4.a, 40000, 8080, 1000, 0, "S", ttl=63))
    talk.reply("SA", 5000, 1001)
    packet = segment(V4.client, V4.vip, seq=1001 - 28, data=forged + b"GET")
    case.request(packet, segment(V4.snat, V4.a, 40000, 8080, 1001 - 28, 5001, ttl=63))
    talk.request("PA", data=b"GET", header=True)


@behaviour
def a_segment_too_long_for_its_proxy_header_is_refused_or_fragmented(case):
    """It must not go without: the server would take the client's data for the header. With DF the client hears of a
    smaller MTU; without, the packet leaves in pieces."""
    talk = Proxied(case, V4)
    talk.handshake()
    packet = segment(V4.client, V4.vip, flags="PA", data=bytes(1460))
    case.request(packet)
    case.answers(icmp_error(V4.vip, packet, "too_big", 1500 - 28), "ipv4_identification")
    packet = segment(V4.client, V4.vip, data=bytes(range(250)) * 5 + bytes(210), **{"id": 8})
    packet.flags = 0
    case.request(packet)
    whole = segment(V4.snat, V4.a, 40000, 8080, 1001, 5001, data=talk.header + bytes(packet[Raw]), ttl=63)
    payload = bytes(whole)[20:]
    for offset, end in ((0, 1480), (1480, len(payload))):
        piece = IP(src=V4.snat, dst=V4.a, id=8, ttl=63, proto=6, flags="MF" if end < len(payload) else 0,
                   frag=offset // 8)
        case.leaves(INSIDE, to_server(piece / Raw(payload[offset:end])))
    case.counters(packet_too_big=1)


@behaviour
def tcp_fragments_cannot_carry_a_proxy_header(case):
    """Their sequence numbers cannot be shifted, and a header of the client's own could hide in them: dropped. TCP
    does not fragment on purpose."""
    talk = Proxied(case, V4)
    talk.handshake()
    packet = segment(V4.client, V4.vip, flags="PA", data=talk.header * 4)
    payload = bytes(packet)[20:]
    case.request(IP(src=V4.client, dst=V4.vip, id=1, proto=6, flags="MF") / Raw(payload[:64]))
    case.request(IP(src=V4.client, dst=V4.vip, id=1, proto=6, frag=8) / Raw(payload[64:]))
    case.counters(fragment_unsupported=2)
