"""The lab's own tools, tried without a lab: a test that believes a wrong tool proves nothing."""
import struct

import decapsulator
import pytest
from server import PROXY_SIGNATURE, parse_proxy

IPV4 = bytes([0x45, 0, 0, 24]) + bytes(16) + b"data"
IPV6 = bytes([0x60, 0, 0, 0, 0, 4, 17, 64]) + bytes(32) + b"data"


@pytest.mark.parametrize("inner", [IPV4, IPV6])
def test_ipip_gives_the_inner_packet_without_padding(inner):
    """The inner packet comes out of IPIP, and what follows its length is cut."""
    assert decapsulator.inner_of_ipip(inner + b"\0\0\0") == inner


@pytest.mark.parametrize("flags,options", [(0, 0), (0x2000, 4), (0x8000, 4), (0xB000, 12)])
def test_gre_skips_the_options_that_its_flags_announce(flags, options):
    """Checksum, key and sequence number are skipped when present."""
    assert decapsulator.inner_of_gre(struct.pack("!HH", flags, 0x0800) + bytes(options) + IPV4) == IPV4


def test_gre_of_another_version_or_payload_is_refused():
    """Version 1 (PPTP) and bridged Ethernet are not ours."""
    assert decapsulator.inner_of_gre(struct.pack("!HH", 1, 0x0800) + IPV4) is None
    assert decapsulator.inner_of_gre(struct.pack("!HH", 0, 0x6558) + IPV4) is None


def test_gue_takes_both_variants():
    """Variant 0 has a header with a length in words, variant 1 is the packet itself."""
    assert decapsulator.inner_of_gue(bytes([0, 4, 0, 0]) + IPV4) == IPV4
    assert decapsulator.inner_of_gue(bytes([1, 41, 0, 0]) + bytes(4) + IPV6) == IPV6
    assert decapsulator.inner_of_gue(IPV4) == IPV4
    assert decapsulator.inner_of_gue(bytes([0x20, 4, 0, 0]) + IPV4) is None


@pytest.mark.parametrize("length", range(44))
def test_what_is_cut_short_is_refused(length):
    """No truncated packet reaches the kernel, and none ends the decapsulator."""
    for unwrap in (decapsulator.inner_of_ipip, decapsulator.inner_of_gre, decapsulator.inner_of_gue):
        assert unwrap(IPV6[:length]) is None


def test_the_proxy_header_names_the_client():
    """The first address and port of a PROXY v2 header are the client's, in both families."""
    v4 = bytes([192, 0, 2, 7, 10, 0, 0, 1]) + struct.pack("!HH", 5555, 80)
    assert parse_proxy(PROXY_SIGNATURE + bytes([0x21, 0x11, 0, 12]), v4) == ("192.0.2.7", 5555)
    v6 = bytes(15) + b"\1" + bytes(16) + struct.pack("!HH", 5555, 80)
    assert parse_proxy(PROXY_SIGNATURE + bytes([0x21, 0x21, 0, 36]), v6) == ("::1", 5555)
    with pytest.raises(ValueError):
        parse_proxy(bytes(16), v4)
