#include "config/import/keepalived_import.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "config/schema.hpp"
#include "config/validate.hpp"
#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const char* const seed = R"(global_defs {
  notification_email {
    admin@example.com
  }
  router_id LVS_DEMO
}

vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  virtual_ipaddress {
    192.168.1.100
  }
}
)";

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}
std::string sample() { return read_file(std::string(POISE_SOURCE_ROOT) + "/tests/config/import/sample.conf"); }

TEST(KeepalivedImport, the_usual_file_is_taken_on_many_lines_and_on_one) {
  for (const std::string& text : {std::string(seed), on_one_line(seed)}) {
    const Imported found = imported(text);
    EXPECT_EQ(text_of_errors(found), "");
    const auto config = from_json(found.document);
    ASSERT_TRUE(config.has_value());
    EXPECT_TRUE(validate(*config).empty());
    EXPECT_EQ(config->node.name, "LVS_DEMO");
    const VrrpInstance& instance = config->vrrp.instances.at("VI_1");
    EXPECT_EQ(instance.version, 2);
    EXPECT_EQ(instance.priority, 100);
    EXPECT_EQ(instance.password, "1111");
    EXPECT_FALSE(instance.virtual_mac);
    EXPECT_EQ(instance.addresses, std::vector<IpAddr>{*parse_ip("192.168.1.100")});
    EXPECT_EQ(config->interfaces.at("eth0").addresses[0], *parse_prefix("192.168.1.1/24"));
    EXPECT_FALSE(config->mail);
    EXPECT_NE(notes_on(found, "notification_email").find("no mails are sent: there is no smtp_server"),
              std::string::npos);
  }
}

// Nothing is dropped silently: all but blank lines, comments and closing braces are spoken of.
TEST(KeepalivedImport, each_line_of_a_file_with_everything_has_a_note) {
  const Imported found = imported(sample());
  EXPECT_EQ(text_of_errors(found), "");
  std::set<unsigned> noted;
  for (const Note& note : found.notes) noted.insert(note.line);
  std::istringstream lines(sample());
  unsigned number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t}");
    if (first == std::string::npos || line[first] == '#' || line[first] == '!') continue;
    EXPECT_TRUE(noted.contains(number)) << number << ": " << line;
  }
  EXPECT_GT(number, 150u);
}

TEST(KeepalivedImport, one_line_says_the_same_as_many) {
  EXPECT_EQ(imported(on_one_line(seed)).document, imported(seed).document);
  std::string tight = seed;
  for (const char* blank : {" {", "{\n"})
    for (std::size_t at = 0; (at = tight.find(blank, at)) != std::string::npos; ++at) tight.replace(at, 2, "{");
  EXPECT_EQ(imported(tight).document, imported(seed).document);
}

TEST(KeepalivedImport, errors_name_the_line_of_the_file_that_they_are_in) {
  ImportOptions options = options_of_a_machine();
  options.file = "/etc/k.conf";
  options.include = [](const std::string&, const std::string&) {
    return std::vector<IncludedFile>{{"/etc/part.conf", "\n" + instance_with("priority 400")}};
  };
  const Imported found = import_keepalived("# main\ninclude part.conf\n", options);
  ASSERT_EQ(found.errors.size(), 1u);
  EXPECT_EQ(found.errors[0].path, "/etc/part.conf:9: vrrp.instances.VI_1.priority");
}

TEST(KeepalivedImport, an_empty_file_is_an_empty_configuration) {
  for (const char* text : {"", "\n\n", "# nothing\n! at all", "}", "{"}) EXPECT_TRUE(imported(text).document.empty());
  EXPECT_FALSE(imported(std::string((16u << 20) + 1, ' ')).errors.empty());
}

// What comes out is valid, or errors say why not; a broken file never does more than that.
void check_any(const std::string& text) {
  const Imported found = imported(text);
  (void)found.document.dump();
  if (!found.errors.empty()) return;
  const auto config = from_json(found.document);
  ASSERT_TRUE(config.has_value()) << text;
  EXPECT_TRUE(validate(*config).empty()) << text;
}

TEST(KeepalivedImport, a_file_that_is_cut_or_changed_anywhere_is_refused_or_valid) {
  const std::string whole = sample();
  for (std::size_t length = 0; length < whole.size(); length += 7) check_any(whole.substr(0, length));
  for (std::size_t length = 0; length < std::string_view(seed).size(); ++length) check_any(std::string(seed, length));
  std::mt19937 random(1);
  const std::string bytes = "{}\"'\\$@~#!\n \t0-9.:=()\xff\x01";
  for (int round = 0; round < 400; ++round) {
    std::string text = round % 2 == 0 ? whole : std::string(seed);
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      text[random() % text.size()] = bytes[random() % bytes.size()];
    check_any(text);
  }
  for (int round = 0; round < 200; ++round) {  // lines doubled, moved and lost
    std::vector<std::string> lines;
    std::istringstream stream(round % 2 == 0 ? whole : std::string(seed));
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::swap(lines[random() % lines.size()], lines[random() % lines.size()]);
    lines[random() % lines.size()] = lines[random() % lines.size()];
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    check_any(text);
  }
}

// A kernel interface that keepalived would use, or "".
std::string a_link() {
  std::error_code error;
  for (const auto& each : std::filesystem::directory_iterator("/sys/class/net", error))
    if (each.path().filename() != "lo" && !each.path().filename().string().starts_with("ifb"))
      return each.path().filename();
  return "";
}

// keepalived's own opinion, where it is installed: it warns of some mistakes only, so that it refuses less.
TEST(KeepalivedImport, what_keepalived_itself_refuses_is_refused) {
  const std::string link = a_link();
  if (link.empty() || std::system("command -v keepalived >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "keepalived is not installed, or there is no interface for it";
  struct Row {
    std::string text;
    bool good;
  };
  const std::string base = "vrrp_instance A {\n interface " + link +
                           "\n virtual_router_id 1\n priority 90\n mcast_src_ip 10.0.0.9\n"
                           "virtual_ipaddress {\n10.9.9.9\n}\n";
  for (const Row& row :
       {Row{base + "}\n", true}, Row{base + "advert_int 2\nstate BACKUP\nnopreempt\n}\n", true},
        Row{base + "authentication {\nauth_type PASS\nauth_pass 1111\n}\n}\n", true},
        Row{base + "version 3\nadvert_int 0.5\nno_accept\n}\n", true}, Row{base + "priority 256\n}\n", false},
        Row{base + "virtual_router_id 0\n}\n", false}, Row{base + "state ACTIVE\n}\n", false},
        Row{base + "unknown_keyword\n}\n", false}, Row{base + "state MASTER\nnopreempt\n}\n", false},
        Row{base + "virtual_ipaddress {\n10.0.0.300\n}\n}\n", false}, Row{base, false},
        Row{service_with("lb_algo rr\nlb_kind NAT\nreal_server 10.0.0.2 80 {\nweight 1\n}"), true},
        Row{service_with("lb_algo none"), false}, Row{service_with("lb_kind BRIDGE"), false}}) {
    const std::string path = testing::TempDir() + "poise_import_test_keepalived.conf";
    std::ofstream(path) << row.text;
    const bool theirs = std::system(("keepalived -t -f " + path + " >/dev/null 2>&1").c_str()) == 0;
    EXPECT_EQ(theirs, row.good) << row.text;
    EXPECT_EQ(imported(row.text).errors.empty(), row.good) << row.text << text_of_errors(imported(row.text));
    std::remove(path.c_str());
  }
}

}  // namespace
}  // namespace poise::config::importing
