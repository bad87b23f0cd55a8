"""The server end of the failover bench: answers each datagram with its own name, from the address that it was sent to.
The address need not be there yet: it comes and goes with VRRP. Usage: echo.py NAME ADDRESS PORT"""
import socket
import sys

from real_time import run_first

IP_FREEBIND = 15


def main(name, address, port):
    run_first()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    server.bind((address, int(port)))
    print("ready", flush=True)
    while True:
        _, client = server.recvfrom(100)
        try:
            server.sendto(name.encode(), client)
        except OSError:
            pass  # the address left in this moment


if __name__ == "__main__":
    main(*sys.argv[1:])
