"""A mail server as far as a health check goes: `greeter.py PORT` greets, takes HELO and QUIT."""
import socket
import socketserver
import sys


class Greeter(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 mail.example at your service\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            self.wfile.write({b"HELO": b"250 hello\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"502 what?\r\n"))
            if word == b"QUIT":
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    address_family = socket.AF_INET6  # and IPv4 with it

    def handle_error(self, request, client_address):
        pass  # a check ends with a reset


Server(("::", int(sys.argv[1])), Greeter).serve_forever()
