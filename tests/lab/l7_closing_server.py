"""A web server that ends idle connections whenever it likes, some by a reset: l7_closing_server.py ADDRESS PORT."""
import asyncio
import random
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100
MEAN_REQUESTS = 30


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.due = transport, None

    def data_received(self, data):
        if self.due:
            self.due.cancel()
            self.due = None
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))
        if random.random() < 1 / MEAN_REQUESTS:
            end = self.transport.abort if random.random() < 0.3 else self.transport.close
            self.due = asyncio.get_running_loop().call_later(random.random() * 0.002, end)

    def connection_lost(self, _):
        if self.due:
            self.due.cancel()


async def main():
    await asyncio.get_running_loop().create_server(Server, sys.argv[1], int(sys.argv[2]), backlog=4096)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
