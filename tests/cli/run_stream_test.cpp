#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

std::string chunk(const std::string& bytes) {
  std::ostringstream text;
  text << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
  return text.str();
}

StubServer::Answer streamed(std::vector<std::string> pieces, bool ends = true) {
  return [pieces = std::move(pieces), ends](const StubServer::Asked&) {
    std::vector<std::string> answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};
    for (const std::string& piece : pieces) answer.push_back(chunk(piece));
    if (ends) answer.push_back("0\r\n\r\n");
    return answer;
  };
}

TEST(RunStream, flows_become_a_table_row_by_row) {
  Session session(streamed({"{\"protocol\":\"tcp\",\"client\":\"192.0.2.7:5\",\"state\":\"establi",
                            "shed\",\"idle_ms\":1500}\n{\"proto", "col\":\"udp\"}\n"}));
  EXPECT_EQ(session.run({"flows", "--service", "web", "--limit", "10"}), Exit::ok);
  std::istringstream lines(session.out);
  std::string header, first, second;
  std::getline(lines, header);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_TRUE(header.starts_with("PROTOCOL  CLIENT"));
  EXPECT_TRUE(first.starts_with("tcp       192.0.2.7:5"));
  EXPECT_NE(first.find("established      1s"), std::string::npos) << first;
  EXPECT_TRUE(second.starts_with("udp"));
  EXPECT_EQ(session.server.stop().at(0).target, "/v1/flows?service=web&limit=10");
}

TEST(RunStream, rows_go_through_untouched_with_json) {
  Session session(streamed({"{\"a\":1}\n{\"b\"", ":2}\n"}));
  EXPECT_EQ(session.run({"trace", "--json"}), Exit::ok);
  EXPECT_EQ(session.out, "{\"a\":1}\n{\"b\":2}\n");
}

TEST(RunStream, no_rows_are_told_aside) {
  Session session(streamed({}));
  EXPECT_EQ(session.run({"flows"}), Exit::ok);
  EXPECT_EQ(session.out, "");
  EXPECT_EQ(session.notes, "nothing found\n");
}

TEST(RunStream, a_cut_stream_is_a_failure_after_its_rows) {
  Session session(streamed({"{\"protocol\":\"tcp\"}\n"}, false));
  EXPECT_EQ(session.run({"flows"}), Exit::unreachable);
  EXPECT_NE(session.out.find("tcp"), std::string::npos);
}

TEST(RunStream, events_are_one_line_each_and_statistics_stay_aside) {
  Session session(streamed({"event: commit\ndata: {\"revision\":7,\"time\":\"2026-01-02T03:04:05Z\"}\n\n",
                            "event: stats\ndata: {}\n\nevent: link\n", "data: lan down\n\n"}));
  EXPECT_EQ(session.run({"events"}), Exit::ok);
  EXPECT_EQ(session.out, "2026-01-02T03:04:05Z  commit   revision=7\nlink     lan down\n");
  EXPECT_EQ(session.run({"events", "--json"}), Exit::ok);
  EXPECT_EQ(session.out,
            "{\"data\":{\"revision\":7,\"time\":\"2026-01-02T03:04:05Z\"},\"event\":\"commit\"}\n"
            "{\"data\":{},\"event\":\"stats\"}\n"
            "{\"data\":\"lan down\",\"event\":\"link\"}\n");
}

TEST(RunStream, a_capture_goes_to_its_file_and_is_not_for_a_terminal) {
  const std::string path = testing::TempDir() + "poise_cli_test.pcap",
                    bytes("\xd4\xc3\xb2\xa1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  Session session(streamed({bytes}));
  EXPECT_EQ(session.run({"capture", "-w", path, "--dropped", "any", "--snap", "96"}), Exit::ok);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream kept;
  kept << file.rdbuf();
  ::unlink(path.c_str());
  EXPECT_EQ(kept.str(), bytes);
  EXPECT_EQ(session.notes, "0 packets, 24 B\n");
  EXPECT_EQ(session.run({"capture"}), Exit::ok);
  EXPECT_EQ(session.out, bytes);
  session.terminal = true;
  EXPECT_EQ(session.run({"capture"}), Exit::usage);
  EXPECT_EQ(session.run({"capture", "-w", "-"}), Exit::usage);
  EXPECT_EQ(session.server.stop().at(0).target, "/v1/capture?snap=96&dropped=any");
}

TEST(RunStream, a_capture_that_cannot_be_written_says_so) {
  Session session(streamed({"bytes"}));
  EXPECT_EQ(session.run({"capture", "-w", "/nonexistent/x.pcap"}), Exit::usage);
  EXPECT_EQ(session.errors.at(0).path, "/nonexistent/x.pcap");
}

}  // namespace
}  // namespace poise::control::cli
