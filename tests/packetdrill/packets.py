"""Packets of scripts as text, and as bytes: `S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 6>`."""
import ipaddress
import re
import struct
from dataclasses import dataclass

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128}
PACKET = re.compile(r"(?P<flags>[FSRP.UEW-]+)\s+(?P<seq>\d+):(?P<end>\d+)\((?P<length>\d+)\)"
                    r"(?:\s+ack\s+(?P<ack>\d+))?(?:\s+win\s+(?P<win>\d+))?(?:\s+<(?P<options>[^>]*)>)?\s*$")


class ScriptError(Exception):
    """What is wrong with a script, or what it found to be wrong."""


@dataclass
class Segment:
    flags: int
    seq: int
    length: int
    ack: int | None
    win: int | None
    options: list | None

    @classmethod
    def parse(cls, text):
        found = PACKET.match(text)
        if not found:
            raise ScriptError(f"this is no packet: {text}")
        flags = sum(FLAGS[letter] for letter in found["flags"] if letter != "-")
        number = {name: None if found[name] is None else int(found[name]) for name in ("seq", "length", "ack", "win")}
        options = None if found["options"] is None else [each.strip() for each in found["options"].split(",")]
        return cls(flags, options=options, **number)

    def __str__(self):
        letters = "".join(letter for letter, bit in FLAGS.items() if self.flags & bit) or "-"
        ack = f" ack {self.ack}" if self.flags & FLAGS["."] else ""
        options = f" <{','.join(self.options)}>" if self.options else ""
        return f"{letters} {self.seq}:{self.seq + self.length}({self.length}){ack} win {self.win}{options}"


def word(number):
    return struct.pack(">I", number % 2**32)


def option_bytes(text, echo):
    """`echo` makes a number of the stack's clock of one of the script's."""
    name, *rest = text.split()
    if name in ("nop", "eol"):
        return b"\1" if name == "nop" else b"\0"
    if name == "mss":
        return b"\2\4" + struct.pack(">H", int(rest[0]))
    if name == "wscale":
        return b"\3\3" + bytes([int(rest[0])])
    if name == "sackOK":
        return b"\4\2"
    if name == "TS":  # TS val 1 ecr 2
        return b"\x08\x0a" + word(int(rest[1])) + word(echo(int(rest[3])))
    if name == "sack":
        edges = [int(edge) for block in rest for edge in block.split(":")]
        return bytes([5, 2 + 4 * len(edges)]) + b"".join(word(echo(edge, True)) for edge in edges)
    raise ScriptError(f"this is no option: {text}")


def option_texts(data):
    at, found = 0, []
    while at < len(data):
        kind = data[at]
        if kind < 2:
            found.append("nop" if kind else "eol")
            at += 1
            continue
        length = data[at + 1]
        value = data[at + 2:at + length]
        words = [number for (number,) in struct.iter_unpack(">I", value)] if len(value) % 4 == 0 else []
        found.append({2: lambda: f"mss {value[0] * 256 + value[1]}", 3: lambda: f"wscale {value[0]}",
                      4: lambda: "sackOK", 8: lambda: f"TS val {words[0]} ecr {words[1]}",
                      5: lambda: "sack " + " ".join(f"{left}:{right}" for left, right in
                                                    zip(words[::2], words[1::2]))}.get(kind, lambda: f"?{kind}")())
        at += length
    return found


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(number for (number,) in struct.iter_unpack(">H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def write_packet(ends, segment, options, payload):
    """`ends`: source, source port, destination, destination port; `segment` has numbers of the wire."""
    source, source_port, destination, destination_port = ends
    options += b"\0" * (-len(options) % 4)
    tcp = struct.pack(">HHIIBBHHH", source_port, destination_port, segment.seq % 2**32, (segment.ack or 0) % 2**32,
                      (5 + len(options) // 4) << 4, segment.flags, segment.win or 0, 0, 0) + options + payload
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    total = checksum(addresses + struct.pack(">II", len(tcp), 6) + tcp)
    tcp = tcp[:16] + struct.pack(">H", total) + tcp[18:]
    if len(addresses) == 32:
        return struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + addresses + tcp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + addresses
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + tcp


def read_packet(data):
    """The ends and the segment, with numbers of the wire."""
    is_v6 = data[0] >> 4 == 6
    at = 40 if is_v6 else (data[0] & 15) * 4
    addresses = data[8:40] if is_v6 else data[12:20]
    half = len(addresses) // 2
    tcp = data[at:]
    source_port, destination_port, seq, ack, offset, flags, win, total, _ = struct.unpack(">HHIIBBHHH", tcp[:20])
    if checksum(addresses + struct.pack(">II", len(tcp), 6) + tcp) != 0:
        raise ScriptError(f"a packet left with a wrong checksum ({total:#x})")
    header = (offset >> 4) * 4
    segment = Segment(flags, seq, len(tcp) - header, ack, win, option_texts(tcp[20:header]))
    ends = (str(ipaddress.ip_address(addresses[:half])), source_port,
            str(ipaddress.ip_address(addresses[half:])), destination_port)
    return ends, segment, tcp[header:]
