"""The servers of the lab, one process a namespace: web on port 80, behind PROXY v2 on 81, echo over TCP and UDP on 7.

GET /          the server's name
GET /who       its name, and the client's address and port as it sees them
GET /file      a file of pseudo-random bytes, the same on every server
POST /hash     the SHA-256 of the body

Echo answers "<name> <what came>". Usage: server.py NAME FILE ADDRESS...
"""
import asyncio
import hashlib
import ipaddress
import signal
import socket
import struct
import sys

PROXY_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def parse_proxy(header, body):
    """The client's (address, port) of a PROXY v2 header: 16 fixed bytes and what they announce."""
    signature, command, family, _ = struct.unpack("!12sBBH", header)
    if signature != PROXY_SIGNATURE or command != 0x21:
        raise ValueError("no PROXY v2 header")
    size = {0x1: 4, 0x2: 16}[family >> 4]
    address = ipaddress.ip_address(body[:size])
    port = struct.unpack("!H", body[2 * size:2 * size + 2])[0]
    return str(address), port


class Web:
    """A small HTTP/1.1 server: one request a connection, which is what a load balancer has to spread."""

    def __init__(self, name, path):
        self.name, self.path = name, path

    async def plain(self, reader, writer):
        await self.guarded(self.answer, reader, writer, writer.get_extra_info("peername")[:2])

    async def proxied(self, reader, writer):
        async def after_header(reader, writer, _):
            header = await reader.readexactly(16)
            body = await reader.readexactly(struct.unpack("!H", header[14:])[0])
            await self.answer(reader, writer, parse_proxy(header, body))
        await self.guarded(after_header, reader, writer, None)

    async def guarded(self, serve, reader, writer, client):
        try:
            await serve(reader, writer, client)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError, KeyError) as error:
            print(f"{self.name}: {error!r}", flush=True)
        finally:
            writer.close()

    async def answer(self, reader, writer, client):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target = head.split(" ")[:2]
        if target == "/file":
            with open(self.path, "rb") as file:
                size = file.seek(0, 2)
                writer.write(self.head(size))
                await writer.drain()
                await asyncio.get_running_loop().sendfile(writer.transport, file)
            return
        if method == "POST":
            size = next(int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
            digest = hashlib.sha256()
            while size > 0:
                piece = await reader.read(min(size, 65536))
                if not piece:
                    raise ConnectionError("the body ends early")
                digest.update(piece)
                size -= len(piece)
            body = digest.hexdigest()
        else:
            body = f"{self.name} {client[0]} {client[1]}" if target == "/who" else self.name
        writer.write(self.head(len(body) + 1) + body.encode() + b"\n")

    def head(self, size):
        return f"HTTP/1.1 200 OK\r\nServer: {self.name}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode()

    async def echo(self, reader, writer):
        try:
            while line := await reader.readline():
                writer.write(self.name.encode() + b" " + line)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


class DatagramEcho(asyncio.DatagramProtocol):
    def __init__(self, name):
        self.name = name

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(self.name.encode() + b" " + data, address)


async def serve(name, path, addresses):
    # Not only the wildcard: a datagram has to be answered from the address that it was sent to.
    loop, web = asyncio.get_running_loop(), Web(name, path)
    for address in addresses:
        for port, handler in ((80, web.plain), (81, web.proxied), (7, web.echo)):
            await asyncio.start_server(handler, address, port, backlog=4096, reuse_address=True)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        await loop.create_datagram_endpoint(lambda: DatagramEcho(name), local_addr=(address, 7), family=family)
    print("ready", flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], sys.argv[3:]))
