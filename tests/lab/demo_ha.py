"""./run demo ha: two poised share a virtual address on one segment. A client sends a datagram every millisecond while
the master is killed, loses its link, hangs, hands over and leaves. Nothing stays behind, also after Ctrl-C."""
import argparse
import signal
import sys
import time

import demo
from ha import VIRTUAL, Pair
from harness import Lab

PICTURE = """
                          +-- outside [ poised a, priority 200 ] inside --+-- one   10.2.0.11
   client 10.1.0.10 ------+                                               +-- two   10.2.0.12
                          +-- outside [ poised b, priority 100 ] inside --+-- three 10.2.0.13
          10.1.0.200 is shared by VRRP: version 3, an advertisement every {interval} ms
"""
INTERVAL_MS = 100


class HaDemo(demo.Demo):
    """The chapters of the pair; a's API answers what is asked in the appliance's place."""

    def __init__(self, lab, colour):
        self.pair = Pair(lab, INTERVAL_MS)
        super().__init__(lab, colour)
        self.environment["POISE_SOCKET"] = self.environment["S"] = self.pair.appliances["b"].api.path

    def run(self):
        self.title("1. Two appliances, one address")
        print(PICTURE.format(interval=INTERVAL_MS))
        self.pair.start()
        self.say("What b knows of it:")
        self.shell("poise vrrp")
        self.title(f"2. A client asks {VIRTUAL} every millisecond; what it notices")
        pair = self.pair
        row = "{:<44}{:>16}{:>22}"
        print(self.paint("1", row.format("what befalls a", "no answer for", "and on the way back")))
        for what, event, undo in (("SIGKILL; started again", pair.kill, pair.restart),
                                  ("its link goes down; up again", pair.unplug, pair.plug),
                                  ("it hangs (SIGSTOP); wakes up", pair.hang, pair.wake),
                                  ("an operator's switch-over", pair.switch_over, None)):
            there, back = pair.outage(event, undo)
            print(row.format(what, f"{there:.0f} ms", "-" if back is None else f"{back:.0f} ms"), flush=True)
        self.say("b is the master now, and a does not preempt it after a switch-over:")
        self.shell("poise vrrp VI_1")
        pair.appliances["b"].api.post("/v1/vrrp/VI_1/switch_over")
        pair.settle()
        there, _ = pair.outage(pair.stop)
        print(row.format("a graceful stop (SIGTERM)", f"{there:.0f} ms", "-"))
        down_ms = INTERVAL_MS * (3 + 156 / 256)
        self.say(f"Master_Down_Interval of priority 100 is {down_ms:.0f} ms: nobody may take over sooner by the RFC.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--colour", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, demo.stop)
    lab, shown, code = None, None, 0
    began = time.monotonic()
    try:
        lab = Lab()
        shown = HaDemo(lab, options.colour)
        shown.run()
        shown.title(f"That was it, in {time.monotonic() - began:.0f} s. Everything is taken down again.")
    except (KeyboardInterrupt, RuntimeError, AssertionError, OSError) as error:
        code = 130 if demo.interrupted else demo.report(error, lab)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if shown:
            shown.pair.close()
        if lab:
            lab.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
