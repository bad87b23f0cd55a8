"""Clients of layer 7 that say every byte themselves."""
import base64
import os
import socket

from l7_origin import Message, Reader, frame, read_frame, reset


class Talk:
    """A connection of the client's host."""

    def __init__(self, namespace, address, port=80, seconds=10.0, receive_buffer=None):
        self.namespace = namespace
        self.socket = namespace.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(seconds)
        self.socket.connect((address, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.socket)

    def say(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def hear(self, method="GET"):
        """The next response, interim ones included."""
        message = Message(self.reader.until(b"\r\n\r\n"))
        status = int(message.first.split(" ")[1])
        is_bodiless = method == "HEAD" or status < 200 or status in (204, 304)
        return message.read_body(self.reader, is_bodiless, until_close=True)

    def ask(self, method, target, *lines, body=b"", host="lab"):
        more = "".join(f"{line}\r\n" for line in lines)
        self.say(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode("latin-1") + body)
        return self.hear(method)

    def get(self, target, *lines):
        return self.ask("GET", target, *lines)

    def rest(self):
        """All that still comes, until the other side ends."""
        return self.reader.rest()

    def finish(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        reset(self.socket)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def once(namespace, address, target, *lines, port=80, method="GET", seconds=10.0):
    """A request on a connection of its own."""
    with Talk(namespace, address, port, seconds) as talk:
        return talk.ask(method, target, *lines, "Connection: close")


class WebSocket:
    """A WebSocket's client: opens it, sends frames with a mask, hears frames."""

    def __init__(self, talk, target="/ws"):
        self.talk = talk
        key = base64.b64encode(os.urandom(16)).decode()
        self.answer = talk.ask("GET", target, "Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {key}",
                               "Sec-WebSocket-Version: 13")

    def send(self, payload, code=2):
        self.talk.say(frame(code, payload, os.urandom(4)))

    def hear(self):
        return read_frame(self.talk.reader)
