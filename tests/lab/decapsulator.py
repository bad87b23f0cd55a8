"""The server's end of a tunnel, for a kernel that has no tunnel devices: takes IPIP, IP6IP6, 4in6, 6in4, GRE and GUE
packets from raw and UDP sockets, unwraps them and hands the inner packet to the kernel through a tun device.
Usage: decapsulator.py TUN-NAME"""
import fcntl
import os
import selectors
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
IPIP, IPV6_IN_IP, GRE, GUE_PORT = 4, 41, 47, 6080
ETHERTYPES = {0x0800: 4, 0x86DD: 6}


def inner_of_ipip(payload):
    """RFC 2003, RFC 2473: the inner packet follows the outer header at once."""
    return checked(payload)


def inner_of_gre(payload):
    """RFC 2784 and RFC 2890: flags say which of checksum, key and sequence number precede the inner packet."""
    if len(payload) < 4:
        return None
    flags, ethertype = struct.unpack("!HH", payload[:4])
    if flags & 0x0007 or ethertype not in ETHERTYPES:  # version 0 only
        return None
    header = 4 + sum(4 for bit in (0x8000, 0x2000, 0x1000) if flags & bit)
    return checked(payload[header:])


def inner_of_gue(payload):
    """Generic UDP encapsulation: variant 1 is the inner packet itself, variant 0 has a header of 4 bytes and options."""
    if not payload:
        return None
    variant = payload[0] >> 6
    if variant == 1:
        return checked(payload)
    if variant != 0 or len(payload) < 4 or payload[0] & 0x20 or payload[1] not in (IPIP, IPV6_IN_IP):
        return None
    return checked(payload[4 + 4 * (payload[0] & 0x1F):])


def checked(packet):
    """The packet when it is IPv4 or IPv6 and complete, else None."""
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        length = struct.unpack("!H", packet[2:4])[0]
    elif len(packet) >= 40 and packet[0] >> 4 == 6:
        length = 40 + struct.unpack("!H", packet[4:6])[0]
    else:
        return None
    return packet[:length] if 20 <= length <= len(packet) else None


def without_ipv4_header(packet):
    """A raw IPv4 socket delivers the outer header too; a raw IPv6 socket does not."""
    return packet[4 * (packet[0] & 0xF):]


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def sources():
    """(socket, outer header is included, how to unwrap) of every encapsulation, in both families."""
    for protocol, unwrap in ((IPIP, inner_of_ipip), (IPV6_IN_IP, inner_of_ipip), (GRE, inner_of_gre)):
        yield socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol), True, unwrap
        yield socket.socket(socket.AF_INET6, socket.SOCK_RAW, protocol), False, unwrap
    for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        gue = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            gue.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        gue.bind((anywhere, GUE_PORT))
        yield gue, False, inner_of_gue


def drain(source, outer, unwrap, tun):
    """Everything that waits on one socket goes to the tun."""
    while True:
        try:
            packet = source.recv(65535)
        except BlockingIOError:
            return
        inner = unwrap(without_ipv4_header(packet) if outer else packet)
        if inner is not None:
            try:
                os.write(tun, inner)
            except (BlockingIOError, OSError):
                pass  # the tun's queue is full: a packet is lost, as on any wire


def main():
    tun = open_tun(sys.argv[1])
    selector = selectors.DefaultSelector()
    for source, outer, unwrap in sources():
        source.setblocking(False)
        source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        selector.register(source, selectors.EVENT_READ, (outer, unwrap))
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            drain(key.fileobj, *key.data, tun)


if __name__ == "__main__":
    main()
