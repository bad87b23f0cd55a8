"""The rules of style catch what they are meant to catch and let pass what is good: one bad and one good example each."""
import unittest

import rules


def found(check, path, text):
    return list(check(path, text))


class Rules(unittest.TestCase):
    def test_every_ban_catches_its_example_and_spares_the_allowed_folder(self):
        examples = [
            ("datapath/x.cpp", "auto now = std::chrono::steady_clock::now();", "datapath/dpdk/x.cpp"),
            ("datapath/x.cpp", "std::mutex lock;", "control/x.cpp"),
            ("control/x.cpp", "#include <rte_mbuf.h>", "datapath/dpdk/x.cpp"),
            ("config/x.cpp", "#include <boost/asio.hpp>", "control/x.cpp"),
            ("datapath/x.cpp", "throw 1;", "control/x.cpp"),
            ("tests/config/x.cpp", "std::this_thread::sleep_for(1s);", "datapath/dpdk/x.cpp"),
            ("control/x.cpp", "std::cout << 1;", "control/cli/x.cpp"),
            ("datapath/x.cpp", "auto port = htons(80);", "control/x.cpp"),
            ("config/x.cpp", "sprintf(text, \"\");", "tests/x.cpp"),
            ("config/x.cpp", "assert(x);", "tests/x.cpp"),
        ]
        for path, line, allowed in examples:
            with self.subTest(line):
                self.assertEqual(len(found(rules.check_bans, path, line)), 1)
                self.assertEqual(found(rules.check_bans, allowed, line), [])

    def test_a_ban_does_not_look_into_comments_or_literals(self):
        self.assertEqual(found(rules.check_bans, "datapath/x.cpp", '// throw it away\nauto x = "throw";'), [])

    def test_unfinished_work_is_found_in_comments_too(self):
        self.assertEqual(len(found(rules.check_bans, "datapath/x.cpp", "// TO" "DO: later")), 1)

    def test_static_assert_is_no_assert(self):
        self.assertEqual(found(rules.check_bans, "config/x.cpp", "static_assert(true);"), [])

    def test_a_long_function_is_found_and_a_long_class_is_not(self):
        body = "  call();\n" * 80
        self.assertEqual(len(found(rules.check_functions, "x.cpp", f"void Thing::act(int a) {{\n{body}}}\n")), 1)
        members = "  int a() { return 1; }\n" * 80
        self.assertEqual(found(rules.check_functions, "x.cpp", f"struct Thing {{\n{members}}};\n"), [])

    def test_a_long_method_inside_a_class_is_found(self):
        body = "    call();\n" * 80
        text = f"namespace a {{\nclass Thing {{\n  int act() const {{\n{body}  }}\n}};\n}}\n"
        self.assertEqual(len(found(rules.check_functions, "x.hpp", text)), 1)

    def test_sizes(self):
        self.assertEqual(len(found(rules.check_size, "x.cpp", "x" * 121 + "\n")), 1)
        self.assertEqual(len(found(rules.check_size, "x.cpp", "x\n" * 501)), 1)
        self.assertEqual(found(rules.check_size, "x.cpp", "x\n" * 500), [])
        self.assertEqual(found(rules.check_size, "x.cpp", 'x = "' + "a" * 121 + '";\n'), [])
        self.assertEqual(len(found(rules.check_size, "x.cpp", "x \n")), 1)

    def test_includes_point_downwards_only(self):
        for path, include, good in [
            ("config/types/ip.cpp", "config/model.hpp", False), ("config/plan.cpp", "datapath/flow.hpp", False),
            ("datapath/flow.cpp", "config/model.hpp", True), ("datapath/flow.cpp", "control/api/server.hpp", False),
            ("datapath/flow.cpp", "datapath/dpdk/eal.hpp", False), ("datapath/dpdk/eal.cpp", "datapath/port.hpp", True),
            ("control/cli/main.cpp", "datapath/flow.hpp", False), ("control/main.cpp", "datapath/dpdk/eal.hpp", True),
            ("control/main.cpp", "tests/config/x.hpp", False), ("datapath/flow.cpp", "flow.hpp", False),
        ]:
            with self.subTest(path=path, include=include):
                self.assertEqual(found(rules.check_includes, path, f'#include "{include}"\n') == [], good)

    def test_a_header_without_pragma_once_is_found(self):
        self.assertEqual(len(found(rules.check_includes, "config/x.hpp", "int x;\n")), 1)

    def test_a_source_without_a_test_is_found(self):
        self.assertEqual(len(list(rules.missing_tests(["config/a.cpp"], {}))), 1)
        self.assertEqual(list(rules.missing_tests(["config/a.cpp", "tests/config/a_test.cpp"], {})), [])
        elsewhere = {"config/a.cpp": "tests/config/b_test.cpp"}
        self.assertEqual(list(rules.missing_tests(["config/a.cpp", "tests/config/b_test.cpp"], elsewhere)), [])
        self.assertEqual(len(list(rules.missing_tests([], elsewhere))), 1)

    def test_a_source_that_is_not_built_is_found(self):
        self.assertEqual(len(list(rules.unlisted_sources(["config/a.cpp"], "'b.cpp'"))), 1)
        self.assertEqual(list(rules.unlisted_sources(["config/a.cpp"], "'a.cpp'")), [])

    def test_test_names_are_sentences(self):
        self.assertEqual(len(found(rules.check_test_names, "x_test.cpp", "TEST(A, works) {}")), 1)
        self.assertEqual(found(rules.check_test_names, "x_test.cpp", "TEST(A, it_does_what_it_says) {}"), [])

    def test_registry_hosts_and_empty_words_are_found(self):
        self.assertEqual(len(found(rules.check_words, "README.md", "from pypi" ".org")), 1)
        self.assertEqual(len(found(rules.check_words, "README.md", "a white" "list")), 1)


if __name__ == "__main__":
    unittest.main(verbosity=0)
