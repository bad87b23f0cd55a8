"""A DNS server as far as a health check goes: `names.py NAME ADDRESS` answers A and AAAA of one name with one address,
and says of others that there are none."""
import ipaddress
import socketserver
import struct
import sys

NAME = b"".join(bytes([len(label)]) + label.encode() for label in sys.argv[1].split(".")) + b"\0"
ADDRESS = ipaddress.ip_address(sys.argv[2]).packed
TYPES = {4: 1, 16: 28}
NO_SUCH_NAME = 3


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        query, connection = self.request
        number, question = query[:2], query[12:12 + len(NAME) + 4]
        kind = struct.unpack(">H", question[-4:-2])[0]
        is_known = question[:len(NAME)].lower() == NAME and kind == TYPES[len(ADDRESS)]
        flags = 0x8180 | (0 if is_known else NO_SUCH_NAME)
        answer = struct.pack(">HHHIH", 0xc00c, TYPES[len(ADDRESS)], 1, 60, len(ADDRESS)) + ADDRESS if is_known else b""
        question = question if is_known else query[12:]
        connection.sendto(number + struct.pack(">HHHHH", flags, 1, int(is_known), 0, 0) + question + answer,
                          self.client_address)


class Server(socketserver.ThreadingUDPServer):
    address_family = 10  # AF_INET6, and IPv4 with it
    allow_reuse_address = True


Server(("::", 53), Names).serve_forever()
