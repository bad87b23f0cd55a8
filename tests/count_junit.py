"""Prints "passed failed" of a JUnit file: the cases of meson's, GoogleTest's or pytest's. Skipped cases count as neither."""
import sys
import xml.etree.ElementTree as ElementTree


def counts(path):
    passed = failed = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is None and case.get("status") != "notrun":
            passed += 1
    return passed, failed


if __name__ == "__main__":
    print(*counts(sys.argv[1]))
