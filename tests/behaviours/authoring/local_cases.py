"""What the appliance says for itself: ARP, neighbor discovery, echo, and refusals at its own addresses."""
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr
from scapy.layers.l2 import ARP

from authoring.forward_cases import each_family
from authoring.oracle import *

ASKER = "02:00:0a:01:00:32"  # of V4.near
BROADCAST = "ff:ff:ff:ff:ff:ff"


def arp_request(port, target, sender=V4.near, to=BROADCAST):
    return Ether(src=mac_of(sender), dst=to) / ARP(op=1, hwsrc=mac_of(sender), psrc=sender, hwdst="00:00:00:00:00:00",
                                                   pdst=target)


def arp_reply(port, target, asker=V4.near):
    return Ether(src=PORT_MAC[port], dst=mac_of(asker)) / ARP(op=2, hwsrc=PORT_MAC[port], psrc=target,
                                                              hwdst=mac_of(asker), pdst=asker)


@behaviour
def arp_requests_for_our_addresses_are_answered(case):
    """RFC 826: for the interface's own address, for service addresses, and on the inside for the source addresses
    of fullnat."""
    case.config = balancer(service(V4, "fullnat"))
    for target in (V4.outside, V4.vip):
        case.arrives(OUTSIDE, arp_request(OUTSIDE, target))
        case.leaves(OUTSIDE, arp_reply(OUTSIDE, target))
    for target in (V4.inside, V4.snat):
        case.arrives(INSIDE, arp_request(INSIDE, target, V4.a))
        case.leaves(INSIDE, arp_reply(INSIDE, target, V4.a))
    case.arrives(OUTSIDE, arp_request(OUTSIDE, V4.vip, to=PORT_MAC[OUTSIDE]))
    case.leaves(OUTSIDE, arp_reply(OUTSIDE, V4.vip))
    case.counters(arp_replies=5)


@behaviour
def arp_requests_for_others_are_not_answered(case):
    """Another station's address, and addresses of ours on another link: an answer would draw traffic to the wrong
    wire."""
    case.config = balancer(service(V4, "fullnat"))
    for target in (V4.near, V4.router, V4.inside, V4.snat):
        case.arrives(OUTSIDE, arp_request(OUTSIDE, target, sender="10.1.0.51"))
    case.counters(multicast_unhandled=4, arp_replies=0)


@behaviour
def arp_probes_are_answered(case):
    """RFC 5227 2.1.1: a station that probes for an address of ours must hear that it is taken."""
    probe = Ether(src=ASKER, dst=BROADCAST) / ARP(op=1, hwsrc=ASKER, psrc="0.0.0.0", hwdst="00:00:00:00:00:00",
                                                  pdst=V4.outside)
    case.arrives(OUTSIDE, probe)
    case.leaves(OUTSIDE, Ether(src=PORT_MAC[OUTSIDE], dst=ASKER) /
                ARP(op=2, hwsrc=PORT_MAC[OUTSIDE], psrc=V4.outside, hwdst=ASKER, pdst="0.0.0.0"))


@behaviour
def a_service_address_in_no_subnet_is_answered_for_on_every_interface(case):
    """A routed virtual address has no link of its own; whoever asks for it by ARP is told."""
    case.config = balancer(service(V4, "nat") | {"address": "192.0.2.80"})
    case.arrives(OUTSIDE, arp_request(OUTSIDE, "192.0.2.80"))
    case.leaves(OUTSIDE, arp_reply(OUTSIDE, "192.0.2.80"))
    case.arrives(INSIDE, arp_request(INSIDE, "192.0.2.80", V4.a))
    case.leaves(INSIDE, arp_reply(INSIDE, "192.0.2.80", V4.a))


@behaviour
def malformed_arp_is_dropped(case):
    """Cut short, of another hardware, with impossible lengths, from a multicast MAC address."""
    good = bytes(arp_request(OUTSIDE, V4.outside))
    case.arrives(OUTSIDE, good[:41])
    case.arrives(OUTSIDE, good[:14] + b"\x00\x06" + good[16:])
    case.arrives(OUTSIDE, good[:16] + b"\x86\xdd" + good[18:])
    case.arrives(OUTSIDE, good[:18] + b"\x08\x04" + good[20:])
    case.arrives(OUTSIDE, good[:20] + b"\x00\x09" + good[22:])
    case.arrives(OUTSIDE, good[:22] + b"\x03\0\0\0\0\x01" + good[28:])
    case.counters(arp_invalid=6, arp_replies=0)


def solicitation(target, sender=V6.near, destination=None, hop_limit=255, option=True, mac=None):
    import ipaddress
    last = ipaddress.ip_address(target).packed[13:]
    group = "ff02::1:ff" + last[:1].hex() + ":" + last[1:].hex()
    mac = mac or "33:33:ff:" + ":".join(f"{octet:02x}" for octet in last)
    packet = Ether(src=mac_of(sender), dst=mac) / IPv6(src=sender, dst=destination or group,
                                                       hlim=hop_limit) / ICMPv6ND_NS(tgt=target)
    return packet / ICMPv6NDOptSrcLLAddr(lladdr=mac_of(sender)) if option else packet


def advertisement(port, target, asker=V6.near, to_mac=None, solicited=1):
    return Ether(src=PORT_MAC[port], dst=to_mac or mac_of(asker)) / IPv6(src=target, dst=asker, hlim=255) / \
        ICMPv6ND_NA(tgt=target, R=1, S=solicited, O=1) / ICMPv6NDOptDstLLAddr(lladdr=PORT_MAC[port])


@behaviour
def neighbor_solicitations_for_our_addresses_are_answered(case):
    """RFC 4861 7.2.4: for the interface's addresses (the link-local one too), service addresses, and source
    addresses inside."""
    case.config = balancer(service(V6, "fullnat"))
    for target in (V6.outside, V6.vip, "fe80::ff:fe00:102"):
        case.arrives(OUTSIDE, solicitation(target))
        case.leaves(OUTSIDE, advertisement(OUTSIDE, target))
    for target in (V6.inside, V6.snat):
        case.arrives(INSIDE, solicitation(target, V6.a))
        case.leaves(INSIDE, advertisement(INSIDE, target, V6.a))
    case.counters(neighbor_advertisements=5)


@behaviour
def unicast_solicitations_are_answered(case):
    """Neighbor unreachability detection asks the address itself, and may leave out its own link-layer address (RFC
    4861 7.3)."""
    probe = solicitation(V6.outside, destination=V6.outside, option=False, mac=PORT_MAC[OUTSIDE])
    case.arrives(OUTSIDE, probe)
    case.leaves(OUTSIDE, advertisement(OUTSIDE, V6.outside))


@behaviour
def duplicate_address_detection_is_answered_to_all_nodes(case):
    """RFC 4861 7.2.4: the asker has no address yet (source ::), so the answer goes to all nodes, unsolicited."""
    probe = solicitation(V6.outside, "::", option=False)
    probe.src = mac_of(V6.near)
    case.arrives(OUTSIDE, probe)
    case.leaves(OUTSIDE, advertisement(OUTSIDE, V6.outside, "ff02::1", "33:33:00:00:00:01", 0))


@behaviour
def neighbor_solicitations_for_others_are_not_answered(case):
    """Another station's address, or ours on another link."""
    case.config = balancer(service(V6, "fullnat"))
    for target in (V6.router, V6.inside, V6.snat):
        case.arrives(OUTSIDE, solicitation(target))
    case.counters(multicast_unhandled=3, neighbor_advertisements=0)


@behaviour
def invalid_neighbor_solicitations_are_dropped(case):
    """RFC 4861 7.1.1: a hop limit below 255 (from off the link), a wrong checksum, an option of length 0, a
    multicast target, too short."""
    case.arrives(OUTSIDE, solicitation(V6.outside, hop_limit=254))
    bad = bytearray(bytes(solicitation(V6.outside)))
    bad[-1] ^= 1
    case.arrives(OUTSIDE, bytes(bad))
    case.arrives(OUTSIDE, icmp_frame(struct.pack("!BBHI", 135, 0, 0, 0) + address_bytes(V6.outside) +
                                     bytes([1, 0, 2, 0, 0, 0, 0, 9])))
    case.arrives(OUTSIDE, icmp_frame(struct.pack("!BBHI", 135, 0, 0, 0) + address_bytes("ff02::1")))
    case.arrives(OUTSIDE, icmp_frame(struct.pack("!BBHI", 135, 0, 0, 0) + address_bytes(V6.outside)[:8]))
    case.arrives(OUTSIDE, icmp_frame(struct.pack("!BBHI", 135, 1, 0, 0) + address_bytes(V6.outside)))
    case.counters(nd_invalid=6, neighbor_advertisements=0)


def address_bytes(address):
    import ipaddress
    return ipaddress.ip_address(address).packed


def icmp_frame(message, source=V6.near, destination=V6.outside, ttl=255):
    return frame(OUTSIDE, icmp6(source, destination, message, ttl), source)


def echo_answer(net, target, asker, **fields):
    """TTL 64; for IPv4 the identification and flags of the request stay."""
    return ping(target, asker, reply=True, **fields)


@each_family("{}_echo_requests_to_our_addresses_are_answered", """RFC 1122 3.2.2.6 and RFC 4443 4.2: same
                identifier, sequence and data, from the address that was asked; interface, service and source
                addresses alike. A remote client's answer goes back to the router it came by.""")
def echo(case, net):
    case.config = balancer(service(net, "fullnat"))
    for target in (net.outside, net.vip, net.snat, net.inside):
        case.request(ping(net.client, target, ttl=9))
        case.answers(echo_answer(net, target, net.client))
    case.arrives(OUTSIDE, frame(OUTSIDE, ping(net.near, net.vip, 5, 77, bytes(range(256)) * 4), net.near))
    case.leaves(OUTSIDE, sent(OUTSIDE, echo_answer(net, net.vip, net.near, identifier=5, sequence=77,
                                                   data=bytes(range(256)) * 4), net.near))
    case.counters(echo_replies=5)


@behaviour
def echo_requests_to_the_link_local_address_are_answered(case):
    """The address every IPv6 interface has, fe80::/64 with the modified EUI-64 of its MAC address (RFC 4291
    appendix A)."""
    ours = "fe80::ff:fe00:102"
    case.arrives(OUTSIDE, frame(OUTSIDE, ping("fe80::32", ours), "fe80::32"))
    case.leaves(OUTSIDE, sent(OUTSIDE, ping(ours, "fe80::32", reply=True), "fe80::32"))


@each_family("{}_echo_can_be_switched_off", """`icmp.echo: false`.""")
def echo_off(case, net):
    case.config = balancer(service(net, "nat"), icmp={"echo": False})
    for target in (net.outside, net.vip):
        case.request(ping(net.client, target))
    case.counters(echo_disabled=2, echo_replies=0)


@each_family("{}_tcp_to_a_closed_port_of_ours_is_reset", """RFC 9293 3.10.7.1: a SYN is answered with RST and ACK of
                                                         its sequence number, a segment with ACK by RST with that
                                                         number; a RST is never answered.""")
def closed_port(case, net):
    case.config = balancer(service(net, "nat"))
    for packet in (syn(net.client, net.vip, dport=81), segment(net.client, net.outside, dport=22, data=b"hello"),
                   segment(net.client, net.vip, dport=443, flags="F", data=b"abc")):
        case.request(packet)
        case.answers(reset_of(packet))
    case.request(segment(net.client, net.vip, dport=81, flags="R"))
    case.counters(no_service_port=4, tcp_resets_sent=3)


@each_family("{}_udp_to_a_closed_port_of_ours_is_answered_with_port_unreachable", """RFC 1122 3.2.2.1 and RFC 4443
                3.1 code 4.""")
def closed_udp_port(case, net):
    case.config = balancer(service(net, "nat"))
    for target in (net.vip, net.outside):
        packet = datagram(net.client, target, dport=9)
        case.request(packet)
        case.answers(icmp_error(target, packet, "port"), "ipv4_identification")
    case.counters(no_service_port=2, icmp_errors_sent=2)


@behaviour
def unknown_protocols_to_our_addresses_are_refused(case):
    """RFC 1122 3.2.2.1: protocol unreachable."""
    packet = ip(V4.client, V4.outside, proto=47) / Raw(bytes(24))
    case.request(packet)
    case.answers(icmp_error(V4.outside, packet, "protocol"), "ipv4_identification")
    case.counters(no_service_port=1)


@behaviour
def unknown_ipv6_next_headers_are_pointed_at(case):
    """RFC 4443 3.4 code 1: the error points at the field that named the protocol: octet 6, or the last extension
    header."""
    packet = IPv6(src=V6.client, dst=V6.outside, hlim=64, nh=47) / Raw(bytes(24))
    case.request(packet)
    case.answers(icmp_error(V6.outside, packet, "protocol", 6))
    packet = IPv6(src=V6.client, dst=V6.outside, hlim=64, nh=60) / Raw(bytes([47, 0, 1, 4, 0, 0, 0, 0]) + bytes(24))
    case.request(packet)
    case.answers(icmp_error(V6.outside, packet, "protocol", 40))
    case.counters(no_service_port=2)


@behaviour
def the_host_path_gets_what_is_nobodys(case):
    """With `host_path` the kernel behind the port gets segments for our interface address, multicast, and other
    ethertypes: ssh and routing daemons work on the same port. Service addresses stay ours."""
    case.config = balancer(service(V4, "nat"))
    case.config["interfaces"][OUTSIDE]["host_path"] = True
    case.request(syn(V4.client, V4.outside, dport=22))
    case.arrives(OUTSIDE, Ether(src=mac_of(V4.router), dst="01:00:5e:00:00:05") / datagram(V4.router, "224.0.0.5"))
    case.arrives(OUTSIDE, Ether(src=mac_of(V4.router), dst=PORT_MAC[OUTSIDE], type=0x88cc) / Raw(bytes(60)))
    packet = syn(V4.client, V4.vip, dport=81)
    case.request(packet)
    case.answers(reset_of(packet))
    case.counters(host_path_frames=3, no_service_port=1)
