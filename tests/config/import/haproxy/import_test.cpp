#include "config/import/haproxy/import.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "config/schema.hpp"
#include "config/validate.hpp"
#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

namespace fs = std::filesystem;

const char* const seed = R"(global
    maxconn 4096
    log 127.0.0.1 local0
    user haproxy
    group haproxy
    daemon

defaults
    mode http
    log global
    option httplog
    option dontlognull
    timeout connect 5000
    timeout client 50000
    timeout server 50000

frontend http_front
    bind *:80
    stats uri /haproxy?stats
    default_backend http_back

backend http_back
    balance roundrobin
    server server1 192.168.1.101:80 check
    server server2 192.168.1.102:80 check
)";

std::string read_file(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<fs::path> samples() {
  std::vector<fs::path> found;
  for (const auto& each : fs::directory_iterator(fs::path(POISE_SOURCE_ROOT) / "tests/config/import/haproxy/samples"))
    if (each.path().extension() == ".cfg") found.push_back(each.path());
  std::sort(found.begin(), found.end());
  return found;
}

TEST(HaproxyImport, the_usual_file_is_taken_unchanged) {
  const Imported found = imported(seed);
  EXPECT_EQ(text_of_errors(found), "");
  const auto config = from_json(found.document);
  ASSERT_TRUE(config.has_value());
  EXPECT_TRUE(validate(*config).empty());
  EXPECT_EQ(config->proxy.connections_max, 4096u);
  const LogServer& log = config->log_servers.at("local0-127.0.0.1");
  EXPECT_EQ(log.facility, SyslogFacility::local0);
  EXPECT_EQ(log.tag, "haproxy");
  const Frontend& front = config->frontends.at("http_front");
  EXPECT_EQ(front.mode, ProxyMode::http);
  EXPECT_EQ(front.transport, ProxyTransport::kernel);
  EXPECT_EQ(front.binds, std::vector{Bind{.port = 80}});
  EXPECT_EQ(front.default_backend, "http_back");
  EXPECT_EQ(front.timeouts.client_ms, 50000u);
  EXPECT_EQ(front.timeouts.http_request_ms, 0u);
  EXPECT_EQ(front.stats, StatsPage{});
  EXPECT_EQ(front.log.format, AccessLogFormat::http);
  EXPECT_FALSE(front.log.log_null);
  const Backend& back = config->backends.at("http_back");
  EXPECT_EQ(back.mode, ProxyMode::http);
  EXPECT_EQ(back.timeouts.connect_ms, 5000u);
  EXPECT_EQ(back.timeouts.server_ms, 50000u);
  EXPECT_FALSE(back.redispatch);
  EXPECT_EQ(back.servers.at("server2").address, *parse_ip("192.168.1.102"));
  EXPECT_EQ(back.servers.at("server2").id, 2u);
}

// What was said of a line, as `poise config import` shows it.
std::string report_of(const Imported& found) {
  std::string text;
  for (const Note& note : found.notes)
    text += std::to_string(note.line) + " " + std::string(name_of(note.kind)) + " " + note.keyword + ": " + note.text +
            "\n";
  for (const Error& error : found.errors) text += "error " + to_string(error) + "\n";
  return text + found.document.dump(1) + "\n";
}

// Each sample has its report beside it. POISE_WRITE_REPORTS=1 writes them anew.
TEST(HaproxyImport, samples_have_the_reports_beside_them) {
  ASSERT_GE(samples().size(), 12u);
  for (const fs::path& path : samples()) {
    const std::string report = report_of(imported(read_file(path), true));
    const fs::path beside = fs::path(path).replace_extension(".report");
    if (std::getenv("POISE_WRITE_REPORTS") != nullptr) std::ofstream(beside) << report;
    EXPECT_EQ(report, read_file(beside)) << path;
  }
}

// Nothing is dropped silently: all but blank lines and comments are spoken of.
TEST(HaproxyImport, each_line_of_each_sample_has_a_note) {
  for (const fs::path& path : samples()) {
    const std::string text = read_file(path);
    std::set<unsigned> noted;
    for (const Note& note : imported(text, true).notes) noted.insert(note.line);
    std::istringstream lines(text);
    unsigned number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      const std::size_t first = line.find_first_not_of(" \t");
      if (first == std::string::npos || line[first] == '#') continue;
      EXPECT_TRUE(noted.contains(number)) << path << ":" << number << ": " << line;
    }
  }
}

TEST(HaproxyImport, samples_become_valid_configurations_when_what_is_not_here_is_left_out) {
  for (const fs::path& path : samples()) {
    const Imported found = imported(read_file(path), true);
    EXPECT_EQ(text_of_errors(found), "") << path;
    const auto config = from_json(found.document);
    ASSERT_TRUE(config.has_value()) << path;
    EXPECT_TRUE(validate(*config).empty()) << path;
  }
}

TEST(HaproxyImport, an_empty_file_is_an_empty_configuration_and_a_huge_one_is_refused) {
  for (const char* text : {"", "\n\n", "# nothing", "global\n", "defaults\n"})
    EXPECT_TRUE(imported(text).document.empty()) << text;
  EXPECT_FALSE(imported(std::string((16u << 20) + 1, ' ')).errors.empty());
}

TEST(HaproxyImport, tells_its_files_from_others) {
  for (const char* text : {seed, "# x\n\n  frontend a\n", ".if 1\nglobal\n", "listen\ta", "global # all"})
    EXPECT_TRUE(looks_like_haproxy(text)) << text;
  for (const char* text : {"", "global_defs {\n}", "vrrp_instance a {", "! x\ntrack_file a {", "global {"})
    EXPECT_FALSE(looks_like_haproxy(text)) << text;
}

// What comes out is valid, or errors say why not; a broken file never does more than that.
void check_any(const std::string& text) {
  const Imported found = imported(text, true);
  (void)found.document.dump();
  if (!found.errors.empty()) return;
  const auto config = from_json(found.document);
  ASSERT_TRUE(config.has_value()) << text;
  EXPECT_TRUE(validate(*config).empty()) << text;
}

TEST(HaproxyImport, a_file_that_is_cut_or_changed_anywhere_is_refused_or_valid) {
  for (const fs::path& path : samples()) {
    const std::string whole = read_file(path);
    for (std::size_t length = 0; length < whole.size(); length += 97) check_any(whole.substr(0, length));
    std::mt19937 random(1);
    const std::string bytes = "{}\"'\\$@~#!\n \t0-9.:=()%[],\xff\x01";
    for (int round = 0; round < 30; ++round) {
      std::string text = whole;
      for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
        text[random() % text.size()] = bytes[random() % bytes.size()];
      check_any(text);
      std::vector<std::string> lines;  // doubled, moved and lost
      std::istringstream stream(whole);
      for (std::string line; std::getline(stream, line);) lines.push_back(line);
      std::swap(lines[random() % lines.size()], lines[random() % lines.size()]);
      lines[random() % lines.size()] = lines[random() % lines.size()];
      text.clear();
      for (const std::string& line : lines) text += line + "\n";
      check_any(text);
    }
  }
}

// HAProxy's own opinion, where it is installed.
bool haproxy_takes(const std::string& text) {
  const std::string path = testing::TempDir() + "poise_import_test_haproxy.cfg";
  std::ofstream(path) << text;
  const int status = std::system(("haproxy -c -f " + path + " >/dev/null 2>&1").c_str());
  fs::remove(path);
  return status == 0;
}

TEST(HaproxyImport, what_haproxy_itself_refuses_is_refused) {
  if (std::system("command -v haproxy >/dev/null 2>&1") != 0) GTEST_SKIP() << "haproxy is not installed";
  for (const fs::path& path : samples()) EXPECT_TRUE(haproxy_takes(read_file(path))) << path;
  EXPECT_TRUE(haproxy_takes(seed));
  struct Row {
    std::string text;
    bool good;
  };
  for (const Row& row : {Row{frontend_with("maxconn 5"), true},
                         Row{frontend_with("maxcon 5"), false},
                         Row{frontend_with("timeout client 5 s"), false},
                         Row{frontend_with("timeout client 1w"), false},
                         Row{frontend_with("mode foo"), false},
                         Row{frontend_with("bind :0"), false},
                         Row{frontend_with("bind 127.0.0.1"), false},
                         Row{frontend_with("bind :81 name 'x"), false},
                         Row{frontend_with("option httplg"), false},
                         Row{frontend_with("stats ur /x"), false},
                         Row{frontend_with("default_backend nobody"), false},
                         Row{backend_with("server s1 192.0.2.2:80 foo"), false},
                         Row{backend_with("server s2 192.0.2.2:80 weight 300"), false},
                         Row{backend_with("balance foo"), false},
                         Row{backend_with("hash-type consistent foo"), false},
                         Row{backend_with("server s2 192.0.2.2:80-81"), false},
                         Row{backend_with("server s2 192.0.2.2:80 backup weight 7 maxconn 5"), true},
                         Row{backend_with("balance uri len 5 depth 2"), true},
                         Row{backend_with("fullconn 5\nretries 2"), true},
                         Row{backend_with("bind :80"), true},
                         Row{frontend_with("log 127.0.0.1 local9"), false}}) {
    EXPECT_EQ(haproxy_takes(row.text), row.good) << row.text;
    EXPECT_EQ(imported(row.text).errors.empty(), row.good) << row.text << text_of_errors(imported(row.text));
  }
}

}  // namespace
}  // namespace poise::config::importing::haproxy
