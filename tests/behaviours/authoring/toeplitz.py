"""The hash that NICs compute for receive-side scaling (Microsoft RSS specification), and the worker that gets a
packet by it."""
import ipaddress
import struct

# The key of the Microsoft RSS verification suite, which the appliance gives to every device.
KEY = bytes.fromhex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa")
TABLE = 128


def toeplitz(data):
    key = int.from_bytes(KEY, "big")
    result = 0
    for index in range(len(data) * 8):
        if data[index // 8] & (0x80 >> index % 8):
            result ^= key >> (len(KEY) * 8 - 32 - index) & 0xffffffff
    return result


def worker_of(source, destination, ports=None, workers=2):
    """ports: (source, destination) of TCP and UDP; None: addresses alone."""
    data = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    if ports is not None:
        data += struct.pack("!HH", *ports)
    return toeplitz(data) % TABLE % workers


# Known answers of the specification: addresses and ports, and addresses alone.
assert toeplitz(ipaddress.ip_address("66.9.149.187").packed + ipaddress.ip_address("161.142.100.80").packed +
                struct.pack("!HH", 2794, 1766)) == 0x51ccc178
assert toeplitz(ipaddress.ip_address("66.9.149.187").packed +
                ipaddress.ip_address("161.142.100.80").packed) == 0x323e8fc2
