"""The client end of the failover bench: sends a datagram every millisecond and hears all VRRP adverts of the segment.

Prints a line for each, with the kernel's time of arrival: "answer TIME NAME" and "advert TIME SOURCE PRIORITY".
Usage: watcher.py INTERFACE ADDRESS PORT"""
import ctypes
import os
import select
import socket
import struct
import sys
import time

from real_time import run_first

SO_ATTACH_FILTER, SO_TIMESTAMPNS, ETH_P_ALL, VRRP = 26, 35, 0x0003, 112
PERIOD_S, WRITE_PERIOD_S = 0.001, 0.02
ETHERNET_LENGTH = 14
# Classic BPF, (code, jump if true, jump if false, value): IPv4 packets of protocol 112, whole.
ONLY_ADVERTS = ((0x28, 0, 0, 12), (0x15, 0, 3, 0x0800), (0x30, 0, 0, 23), (0x15, 0, 1, VRRP), (0x06, 0, 0, 0xffff),
                (0x06, 0, 0, 0))


def probe_socket(address, port):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    probe.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    probe.connect((address, port))
    return probe


def advert_socket(interface):
    adverts = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in ONLY_ADVERTS))
    adverts.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                       struct.pack("HxxxxxxQ", len(ONLY_ADVERTS), ctypes.addressof(program)))
    adverts.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    adverts.bind((interface, ETH_P_ALL))
    return adverts


def received(receiver):
    """(kernel time, bytes) of what is there."""
    while True:
        try:
            data, ancillary, _, _ = receiver.recvmsg(2048, 64)
        except OSError:
            return  # nothing more, or an ICMP error: no answer either way
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, nanoseconds = struct.unpack("qq", value)
                yield f"{seconds}.{nanoseconds:09}", data


class Watcher:
    def __init__(self, interface, address, port):
        self.probe, self.adverts = probe_socket(address, port), advert_socket(interface)
        self.lines = []

    def send(self):
        try:
            self.probe.send(b"probe")
        except OSError:
            pass  # refused or unreachable: an outage like any other

    def hear(self):
        for at, data in received(self.probe):
            self.lines.append(f"answer {at} {data.decode()}\n")
        for at, frame in received(self.adverts):
            advert = ETHERNET_LENGTH + (frame[ETHERNET_LENGTH] & 15) * 4
            source = socket.inet_ntoa(frame[ETHERNET_LENGTH + 12:ETHERNET_LENGTH + 16])
            self.lines.append(f"advert {at} {source} {frame[advert + 2]}\n")

    def run(self):
        due = written = time.monotonic()
        while True:
            self.send()
            due = max(due + PERIOD_S, time.monotonic() - 10 * PERIOD_S)
            self.hear()
            while (left := due - time.monotonic()) > 0:
                select.select((self.probe, self.adverts), (), (), left)
                self.hear()
            if due - written > WRITE_PERIOD_S:
                os.write(sys.stdout.fileno(), "".join(self.lines).encode())
                self.lines, written = [], due


if __name__ == "__main__":
    run_first()
    Watcher(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
