#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

namespace fs = std::filesystem;

const char* const seed =
    "global_defs { notification_email { admin@example.com } router_id LVS_DEMO }\n"
    "vrrp_instance VI_1 { state MASTER interface lan0 virtual_router_id 51 priority 100 advert_int 1\n"
    "  authentication { auth_type PASS auth_pass 1111 } virtual_ipaddress { 192.168.1.100 } }\n";
const std::vector<std::string> of_the_machine = {"--address", "lan0=192.168.1.1/24", "--device", "lan0=0000:03:00.0"};
const char* const changed = R"({"revision":8,"changes":[]})";

struct Folder {
  Folder() : path(testing::TempDir() + "poise_run_config_import_test") {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return path / name;
  }
  fs::path path;
};

std::vector<std::string> importing(const std::string& file, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"config", "import", file};
  words.insert(words.end(), of_the_machine.begin(), of_the_machine.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(RunConfigImport, writes_the_document_and_a_note_for_each_line) {
  const Folder folder;
  Session session(answers({}));
  EXPECT_EQ(session.run(importing(folder.write("k.conf", seed))), Exit::ok);
  const auto document = nlohmann::json::parse(session.out);
  EXPECT_EQ(document["node"]["name"], "LVS_DEMO");
  EXPECT_EQ(document["interfaces"]["lan0"]["device"], "0000:03:00.0");
  EXPECT_EQ(document["interfaces"]["lan0"]["addresses"][0], "192.168.1.1/24");
  EXPECT_NE(session.notes.find("k.conf:2  taken    priority"), std::string::npos) << session.notes;
  EXPECT_TRUE(session.server.stop().empty());
}

TEST(RunConfigImport, json_has_the_document_the_notes_and_the_errors) {
  const Folder folder;
  Session session(answers({}));
  EXPECT_EQ(session.run(importing(folder.write("k.conf", seed), {"--json"})), Exit::ok);
  const auto answer = nlohmann::json::parse(session.out);
  EXPECT_EQ(answer["notes"][0]["kind"], "taken");
  EXPECT_TRUE(answer["errors"].empty());
  EXPECT_TRUE(answer["document"]["vrrp"]["instances"].contains("VI_1"));
  EXPECT_EQ(session.notes, "");
}

TEST(RunConfigImport, a_file_with_errors_is_refused_with_their_lines_and_nothing_is_written) {
  const Folder folder;
  const std::string file = folder.write("k.conf", "\nvrrp_instance A {\n  priorty 5\n}\n");
  Session session(answers({}));
  EXPECT_EQ(session.run(importing(file, {"--output", folder.path / "out.json", "--apply"})), Exit::refused);
  ASSERT_FALSE(session.errors.empty());
  EXPECT_TRUE(session.errors[0].path.ends_with("k.conf:2")) << session.errors[0].path;
  EXPECT_EQ(session.out, "");
  EXPECT_FALSE(fs::exists(folder.path / "out.json"));
  EXPECT_TRUE(session.server.stop().empty());
}

TEST(RunConfigImport, output_goes_to_a_file_and_apply_commits) {
  const Folder folder;
  const std::string file = folder.write("k.conf", seed), output = folder.path / "out.json";
  Session session(answers({{"PUT /v1/config?confirm_s=60", json_ok(changed)}}));
  EXPECT_EQ(session.run(importing(file, {"--output", output, "--apply", "--confirm", "60s"})), Exit::ok);
  const auto sent = nlohmann::json::parse(session.server.stop().at(0).body);
  std::ifstream written(output);
  EXPECT_EQ(sent, nlohmann::json::parse(written));
  EXPECT_TRUE(sent["vrrp"]["instances"].contains("VI_1"));
  Session other(answers({}));
  EXPECT_EQ(other.run(importing(file, {"--output", "/nonexistent/out.json"})), Exit::usage);
}

TEST(RunConfigImport, id_lenient_and_includes_reach_the_importer) {
  const Folder folder;
  folder.write("part.conf", seed);
  const std::string file = folder.write("k.conf", "include par?.conf\nnew_thing\n@two global_defs { router_id two }\n");
  Session session(answers({}));
  EXPECT_EQ(session.run(importing(file, {"--id", "two"})), Exit::refused);
  EXPECT_EQ(session.run(importing(file, {"--id", "two", "--lenient"})), Exit::ok);
  EXPECT_EQ(nlohmann::json::parse(session.out)["node"]["name"], "two");
  EXPECT_NE(session.notes.find("part.conf:2"), std::string::npos);
}

TEST(RunConfigImport, several_addresses_and_devices_may_be_given_and_wrong_ones_are_refused) {
  const Folder folder;
  const std::string file = folder.write("k.conf", seed);
  Session session(answers({}));
  EXPECT_EQ(session.run(importing(file, {"--address", "lan0=fe80::1/64", "--device", "wan0=0000:04:00.0"})), Exit::ok);
  EXPECT_EQ(nlohmann::json::parse(session.out)["interfaces"]["lan0"]["addresses"].size(), 2u);
  for (const char* wrong : {"192.168.1.1/24", "=192.168.1.1/24", "lan0=here"})
    EXPECT_EQ(session.run(importing(file, {"--address", wrong})), Exit::usage) << wrong;
  EXPECT_EQ(session.run(importing(file, {"--device", "0000:03:00.0"})), Exit::usage);
  EXPECT_EQ(session.run({"config", "import", "/nonexistent/k.conf"}), Exit::usage);
}

const char* const proxy_seed =
    "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n"
    "frontend web\n bind \"*:${POISE_TEST_PORT}\"\n default_backend pool\nbackend pool\n server a localhost:80\n";

TEST(RunConfigImport, a_file_of_haproxys_is_known_by_its_sections) {
  const Folder folder;
  const std::string file = folder.write("h.cfg", proxy_seed);
  Session session(answers({}));
  EXPECT_EQ(session.run({"config", "import", file, "--variable", "POISE_TEST_PORT=8080"}), Exit::ok);
  const auto document = nlohmann::json::parse(session.out);
  EXPECT_EQ(document["frontends"]["web"]["binds"][0]["port"], 8080);
  EXPECT_EQ(document["frontends"]["web"]["transport"], "kernel");
  EXPECT_TRUE(document["backends"]["pool"]["servers"]["a"].contains("address"));
  EXPECT_NE(session.notes.find("h.cfg:7   taken"), std::string::npos) << session.notes;
}

TEST(RunConfigImport, the_format_may_be_said_and_wrong_words_are_refused) {
  const Folder folder;
  const std::string file = folder.write("h.cfg", proxy_seed);
  Session session(answers({}));
  EXPECT_EQ(session.run({"config", "import", file, "--format", "keepalived"}), Exit::refused);
  EXPECT_EQ(session.run({"config", "import", file, "--format", "nginx"}), Exit::usage);
  EXPECT_EQ(session.run({"config", "import", file, "--transport", "wire"}), Exit::usage);
  EXPECT_EQ(session.run({"config", "import", file, "--variable", "x"}), Exit::usage);
  EXPECT_EQ(session.run({"config", "import", file}), Exit::refused);  // the port is not said
}

}  // namespace
}  // namespace poise::control::cli
