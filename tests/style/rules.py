"""The rules of style as data and as pure functions from text to complaints. style.py applies them to the tree."""
import re
from dataclasses import dataclass

COLUMNS_MAX = 120
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500


@dataclass(frozen=True)
class Ban:
    """`pattern` is banned where the path starts with one of `where`, except under `allowed`; `instead` is the remedy."""
    pattern: str
    instead: str
    where: tuple = ("config/", "datapath/", "vrrp/", "l7/", "control/")
    allowed: tuple = ()


SANS_IO = ("config/", "datapath/", "vrrp/", "l7/")
BANS = (
    Ban(r"\b(steady|system|high_resolution)_clock::now", "take `Instant now` as a parameter", SANS_IO,
        ("datapath/dpdk/",)),
    Ban(r"\bstd::(recursive_|shared_)?mutex\b|\bstd::(lock_guard|unique_lock|scoped_lock)\b", "a ring or a snapshot",
        SANS_IO, ("datapath/dpdk/",)),
    Ban(r"#include <rte_", "a Port, or a file in datapath/dpdk/", ("config/", "datapath/", "vrrp/", "l7/", "control/", "tests/"),
        ("datapath/dpdk/", "tests/datapath/dpdk/", "tests/bench/")),
    Ban(r"#include <boost/(asio|beast)|#include <(spdlog|fmt)/", "nothing: only control/ talks to the world",
        SANS_IO),
    Ban(r"\bthrow\b|\bcatch\s*\(", "a Result", ("datapath/", "vrrp/", "l7/")),
    Ban(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", "a deadline or a condition",
        ("config/", "datapath/", "vrrp/", "l7/", "control/", "tests/"), ("datapath/dpdk/",)),
    Ban(r"\bstd::(cout|cerr)\b|\bf?printf\s*\(", "the log, or the CLI's output",
        allowed=("control/cli/", "control/main.cpp", "config/types/result.cpp")),
    Ban(r"\b(s?rand|drand48)\s*\(|\bstd::random_device\b", "a seed from the outside", SANS_IO),
    Ban(r"\b(htons|htonl|ntohs|ntohl)\s*\(", "Be16 or Be32 of datapath/wire", SANS_IO),
    Ban(r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof)\s*\(", "std::string, std::format's kin or from_chars"),
    Ban(r"(?<!static_)\bassert\s*\(|#include <cassert>", "ensure() (it stays on in production)"),
    Ban(r"\busing namespace std;", "the names you need",
        ("config/", "datapath/", "vrrp/", "l7/", "control/", "tests/")),
    Ban(r"\bfriend\s+(class|struct)\b", "a narrower interface"),
    Ban(r"\breinterpret_cast<\s*\w+ \(\*\)", "a typed function"),
    Ban(r"\bgoto\b", "a function that returns"),
    Ban(r"\b(T" r"ODO|F" r"IXME|X" r"XX|H" r"ACK)\b", "the finished thing", ("",)),
)

# Which folders a folder may include from (the longest prefix of the path counts).
MAY_INCLUDE = {
    "config/types/": ("config/types/",),
    "config/": ("config/",),
    "datapath/wire/": ("config/types/", "datapath/wire/"),
    "datapath/dpdk/": ("config/", "datapath/"),
    "datapath/": ("config/", "datapath/"),
    "vrrp/": ("config/types/", "datapath/wire/", "vrrp/"),
    "l7/tcp/": ("config/types/", "datapath/wire/", "l7/tcp/"),
    "l7/": ("config/", "datapath/wire/", "datapath/packet.hpp", "datapath/local_tcp.hpp", "datapath/maglev.hpp", "datapath/ring.hpp", "l7/"),
    "control/cli/": ("config/types/", "config/import/", "control/cli/"),
    "control/": ("config/", "datapath/", "vrrp/", "l7/", "control/"),
    "tests/": ("config/", "datapath/", "vrrp/", "l7/", "control/", "tests/"),
}
# `datapath/` reaches DPDK through Port; only these may include datapath/dpdk/.
MAY_INCLUDE_DPDK = ("datapath/dpdk/", "control/", "tests/")

# Package registries and mirrors: the tree names none (split, so that this file passes its own rule).
REGISTRIES = ("pypi" ".org", "files.python" "hosted", "registry.npm" "js", "crates" ".io", "proxy.go" "lang",
              "deb.deb" "ian.org", "archive.ubu" "ntu", "repo.ma" "ven", "rubyg" "ems")

# Banned in every text file, prose included: words that say nothing or name a place outside of the tree.
BANNED_WORDS = (r"\bwhite" r"list", r"\bblack" r"list", r"\bsanity check", r"(?<![\w.])/wo" r"rk/", r"\blorem ip" r"sum")


def code_only(text):
    """The text with comments and the insides of literals blanked; every line keeps its number."""
    raw, comment, words = r'R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"', r"//[^\n]*|/\*.*?\*/", r'"(?:\\.|[^"\\\n])*"'
    letter = r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    pattern = re.compile("|".join((raw, comment, words, letter)), re.DOTALL)

    def blank(match):
        found = match.group(0)
        inside = re.sub(r"[^\n]", " ", found)
        return '"' + inside[1:-1] + '"' if found[0] == '"' else inside
    return pattern.sub(blank, text)


def check_bans(path, text):
    code = "\n".join(line if line.lstrip().startswith("#include") else blanked
                     for line, blanked in zip(text.split("\n"), code_only(text).split("\n")))
    for ban in BANS:
        everywhere = ban.where == ("",)
        if not everywhere and not path.endswith((".cpp", ".hpp")):
            continue
        if not path.startswith(ban.where) or (ban.allowed and path.startswith(ban.allowed)):
            continue
        searched = text if everywhere else code
        for number, line in enumerate(searched.split("\n"), 1):
            found = re.search(ban.pattern, line)
            if found:
                yield f"{path}:{number}: '{found.group(0).strip()}' is banned here; use {ban.instead}"


def check_words(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        for host in REGISTRIES:
            if host in line:
                yield f"{path}:{number}: names the package registry '{host}'; the tree depends on the distribution only"
        for word in BANNED_WORDS:
            found = re.search(word, line, re.IGNORECASE)
            if found:
                yield f"{path}:{number}: '{found.group(0)}': say what is meant"


def text_crosses_the_edge(line):
    """A sentence for people stays in one piece: a line may be longer when a literal that begins before the edge ends after it."""
    return any(found.start() < COLUMNS_MAX <= found.end() for found in re.finditer(r'"(?:\\.|[^"\\])*"', line))


def check_size(path, text):
    lines = text.split("\n")
    if len(lines) - 1 > FILE_LINES_MAX:
        yield f"{path}: {len(lines) - 1} lines; at most {FILE_LINES_MAX}: split it by subject"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and not text_crosses_the_edge(line):
            yield f"{path}:{number}: {len(line)} columns; at most {COLUMNS_MAX}"
        if line != line.rstrip() or "\t" in line:
            yield f"{path}:{number}: a tab or a blank at the end of the line"


def check_includes(path, text):
    folder = max((prefix for prefix in MAY_INCLUDE if path.startswith(prefix)), key=len, default=None)
    if folder is None:
        return
    for number, line in enumerate(text.split("\n"), 1):
        found = re.match(r'\s*#include "([^"]+)"', line)
        if not found:
            continue
        target = found.group(1)
        if "/" not in target or target.startswith("."):
            yield f"{path}:{number}: '{target}' is not named from the root of the tree"
        elif not target.startswith(MAY_INCLUDE[folder]):
            yield f"{path}:{number}: {folder} may not include {target}; it may include {', '.join(MAY_INCLUDE[folder])}"
        elif target.startswith("datapath/dpdk/") and not path.startswith(MAY_INCLUDE_DPDK):
            yield f"{path}:{number}: {target} is for {', '.join(MAY_INCLUDE_DPDK)}; use a Port"
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield f"{path}: no #pragma once"


NOT_FUNCTIONS = re.compile(r"^\s*(namespace|struct|class|enum|union|extern\b)|=\s*$|^\s*}")


def function_lengths(text):
    """(line, name, length) of each function body: an opening brace after a parameter list, at namespace or class depth."""
    code = code_only(text)
    depth_of_function, depth, start, statement = None, 0, 0, ""
    number = 1
    for character in code:
        if character == "\n":
            number += 1
        if character == "{":
            heads = statement.strip()
            is_function = ")" in heads and not NOT_FUNCTIONS.search(heads.split("\n")[-1] if heads else "")
            if depth_of_function is None and is_function and not re.match(r"(namespace|struct|class|enum)\b", heads):
                name = re.search(r"([~\w:]+)\s*\(", heads)
                depth_of_function, start = depth, number - heads.count("\n")
                function_name = name.group(1) if name else "?"
            depth += 1
            statement = ""
        elif character == "}":
            depth -= 1
            if depth_of_function is not None and depth == depth_of_function:
                yield start, function_name, number - start + 1
                depth_of_function = None
            statement = ""
        elif character == ";":
            statement = ""
        elif statement or not character.isspace():
            statement += character


def check_functions(path, text):
    for line, name, length in function_lengths(text):
        if length > FUNCTION_LINES_MAX:
            yield f"{path}:{line}: {name} has {length} lines; at most {FUNCTION_LINES_MAX}: name its parts"


def check_test_names(path, text):
    for found in re.finditer(r"\bTEST(?:_F|_P)?\(\s*\w+\s*,\s*(\w+)\s*\)", text):
        if "_" not in found.group(1):
            line = text[:found.start()].count("\n") + 1
            yield f"{path}:{line}: the test's name '{found.group(1)}' is not a sentence about behaviour"


def missing_tests(paths, exempt):
    """A source file has a test of its name in the mirrored folder, or is tested by the file that `exempt` names for it
    or its folder. The CLI, a program of its own, has its tests in tests/cli/."""
    paths = set(paths)
    for path in sorted(paths):
        folder = path[:path.rfind("/") + 1]
        if not path.endswith(".cpp") or not path.startswith(("config/", "datapath/", "vrrp/", "l7/", "control/")):
            continue
        mirrored = path.replace("control/cli/", "cli/")
        own = "tests/" + mirrored[:-4] + "_test.cpp"
        wanted = exempt.get(path, exempt.get(folder, own))
        if wanted not in paths and own not in paths:
            yield f"{path}: no test {wanted} (or name the test that covers it in tests/style/style.py)"
    for path in exempt:
        if not any(known.startswith(path) for known in paths):
            yield f"tests/style/style.py: {path} does not exist any more"


def unlisted_sources(paths, meson_text):
    """A .cpp that no meson.build lists is dead."""
    for path in sorted(paths):
        name = path.split("/")[-1]
        target = "'" + name.removesuffix("_fuzz.cpp") + "'"  # a fuzz target is listed by its name
        if path.endswith(".cpp") and name not in meson_text and target not in meson_text:
            yield f"{path}: no meson.build lists it"
