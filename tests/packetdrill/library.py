"""tcp_packetdrill.so as packetdrill sees it: the table of calls that packetdrill_interface_init fills."""
import ctypes
import errno
import ipaddress
import os
import socket
import struct

NAMES = ("free socket bind listen accept connect read readv recv recvfrom recvmsg write writev send sendto sendmsg "
         "fcntl ioctl close shutdown getsockopt setsockopt poll netdev_send netdev_receive usleep gettimeofday "
         "epoll_create epoll_ctl epoll_wait pipe splice").split()


class Library:
    """One stack. Calls return what C's do: a number, with the name of the errno behind it when it is -1."""

    def __init__(self, path, flags):
        library = ctypes.CDLL(path, use_errno=True)
        self.table = (ctypes.c_void_p * (1 + len(NAMES)))()
        library.packetdrill_interface_init(flags.encode(), self.table)
        self.me = ctypes.c_void_p(self.table[0])

    def call(self, name, *arguments, result=ctypes.c_int):
        # Pointers, lengths and numbers alike go in whole registers.
        kinds = [ctypes.c_void_p if isinstance(each, (ctypes.Array, ctypes.Structure, type(None))) else ctypes.c_long
                 for each in arguments]
        function = ctypes.CFUNCTYPE(result, ctypes.c_void_p, *kinds, use_errno=True)(self.table[1 + NAMES.index(name)])
        passed = [ctypes.cast(ctypes.pointer(each), ctypes.c_void_p)
                  if isinstance(each, (ctypes.Array, ctypes.Structure)) else each for each in arguments]
        ctypes.set_errno(0)
        returned = function(self.me, *passed)
        return returned, errno.errorcode.get(ctypes.get_errno(), "") if returned == -1 else ""

    def free(self):
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.table[1])
        function(self.me)

    def now(self):
        time = (ctypes.c_long * 2)()
        self.call("gettimeofday", time, None)
        return time[0] + time[1] / 1e6

    def passes(self, seconds):
        if seconds > 0:
            self.call("usleep", round(seconds * 1e6))

    def inject(self, packet):
        self.call("netdev_send", ctypes.create_string_buffer(packet, len(packet)), len(packet))

    def sniff(self):
        """The next packet that left and when, or None."""
        room = ctypes.create_string_buffer(65536)
        count, time = (ctypes.c_size_t * 1)(len(room)), (ctypes.c_longlong * 1)()
        self.call("netdev_receive", room, count, time)
        return (room.raw[:count[0]], time[0] / 1e6) if count[0] else None


def name_of(address, port):
    """A sockaddr."""
    packed = ipaddress.ip_address(address).packed
    if len(packed) == 4:
        raw = struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + packed + bytes(8)
    else:
        raw = struct.pack("=H", socket.AF_INET6) + struct.pack(">HI", port, 0) + packed + bytes(4)
    return ctypes.create_string_buffer(raw, len(raw))


FLAGS = {name: getattr(os, name) for name in ("O_RDWR", "O_NONBLOCK")}
