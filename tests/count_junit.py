"""Prints "passed failed" of a JUnit file: the cases of meson's, GoogleTest's or pytest's. Skipped cases count as
neither. With --failures: which failed, those with the same words together."""
import re
import sys
import xml.etree.ElementTree as ElementTree

GROUPS_MAX, NAMES_MAX, WORDS_MAX = 30, 4, 300


def cases(path):
    """(name, words of the failure, or None) of each case that was not skipped."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        found = [part for part in case if part.tag in ("failure", "error")]
        if found:
            yield f"{case.get('classname', '')}.{case.get('name')}", found[0].get("message") or found[0].text or ""
        elif case.find("skipped") is None and case.get("status") != "notrun":
            yield case.get("name"), None


def counts(path):
    outcomes = [words is None for _, words in cases(path)]
    return outcomes.count(True), outcomes.count(False)


def failures(path):
    groups = {}
    for name, words in cases(path):
        if words is not None:
            alike = re.sub(r"\d+", "0", words)
            groups.setdefault(alike, (words, []))[1].append(name)
    for words, names in list(groups.values())[:GROUPS_MAX]:
        more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
        yield f"{', '.join(names[:NAMES_MAX])}{more}: {' '.join(words.split())[:WORDS_MAX]}"
    if len(groups) > GROUPS_MAX:
        yield f"... and failures of {len(groups) - GROUPS_MAX} other kinds"


if __name__ == "__main__":
    if sys.argv[1] == "--failures":
        print("\n".join(failures(sys.argv[2])))
    else:
        print(*counts(sys.argv[1]))
