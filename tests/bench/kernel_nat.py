#!/usr/bin/python3
"""The kernel's price for the same job: nftables DNAT over veth, ns of CPU time per packet.

Three namespaces of its own (client, router, server); the router translates 192.0.2.1:80 to one of eight servers. The
cost of sending alone (the router drops in its ingress hook) is measured in the same run and taken off. Prints rows of a
Markdown table.
"""

import os
import subprocess
import sys

PREFIX = f"pzb{os.getpid() % 100000}"
CLIENT, ROUTER, SERVER = (f"{PREFIX}{name}" for name in ("c", "r", "s"))
ROUTER_MAC = "02:00:00:00:0a:01"


def run(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True)


def inside(namespace, *words):
    return run("ip", "netns", "exec", namespace, *words)


def lay_out():
    for namespace in (CLIENT, ROUTER, SERVER):
        run("ip", "netns", "add", namespace)
    for left, right, left_name, right_name in ((CLIENT, ROUTER, "c0", "r0"), (ROUTER, SERVER, "r1", "s0")):
        run("ip", "link", "add", left_name, "netns", left, "type", "veth", "peer", "name", right_name, "netns", right)
        inside(left, "ip", "link", "set", left_name, "up")
        inside(right, "ip", "link", "set", right_name, "up")
    inside(ROUTER, "ip", "link", "set", "r0", "address", ROUTER_MAC)
    inside(ROUTER, "ip", "addr", "add", "10.0.0.1/8", "dev", "r0")
    inside(ROUTER, "ip", "addr", "add", "198.51.100.1/24", "dev", "r1")
    inside(ROUTER, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0",
           "net.ipv4.conf.r0.rp_filter=0")
    inside(ROUTER, "sysctl", "-qw", "net.netfilter.nf_conntrack_max=2000000")
    server_mac = inside(SERVER, "cat", "/sys/class/net/s0/address").stdout.strip()
    for number in range(8):
        inside(ROUTER, "ip", "neigh", "add", f"198.51.100.{10 + number}", "lladdr", server_mac, "dev", "r1")
    # The server's host swallows the packets before its own stack looks at them.
    inside(SERVER, "nft", "add table netdev sink; "
           "add chain netdev sink in { type filter hook ingress device s0 priority 0; policy drop; }")


def set_drop_at_ingress(on):
    inside(ROUTER, "nft", "flush ruleset")
    if on:
        inside(ROUTER, "nft", "add table netdev stop; "
               "add chain netdev stop in { type filter hook ingress device r0 priority 0; policy drop; }")
        return
    servers = ", ".join(f"{i} : 198.51.100.{10 + i}" for i in range(8))
    inside(ROUTER, "nft", "add table ip lb; add chain ip lb pre { type nat hook prerouting priority -100; }; "
           "add rule ip lb pre ip daddr 192.0.2.1 udp dport 80 "
           "dnat to jhash ip saddr . udp sport mod 8 map { " + servers + " }")


def nanoseconds(sender, flows, packets):
    return float(inside(CLIENT, sender, "c0", ROUTER_MAC, str(flows), str(packets)).stdout)


def main(sender):
    try:
        lay_out()
        set_drop_at_ingress(True)
        alone = nanoseconds(sender, 1000, 200_000)
        set_drop_at_ingress(False)
        print("| kernel (c) | ns/packet |\n|---|---|")
        print(f"| sending into the veth alone | {alone:.0f} |")
        for flows in (1000, 100_000):
            nanoseconds(sender, flows, flows * 4)  # connections made
            print(f"| nftables DNAT and forwarding, {flows} flows | {nanoseconds(sender, flows, 300_000) - alone:.0f} |", flush=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"kernel_nat: {' '.join(error.cmd)}: {error.stderr.strip()}")
    finally:
        for namespace in (CLIENT, ROUTER, SERVER):
            run("ip", "netns", "del", namespace, check=False)


if __name__ == "__main__":
    main(sys.argv[1])
