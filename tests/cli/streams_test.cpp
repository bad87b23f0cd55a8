#include "control/cli/streams.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poise::control::cli {
namespace {

TEST(LineReader, lines_come_whole_however_the_pieces_are_cut) {
  const std::string text = "one\ntwo\r\n\nfour";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineReader reader;
    std::vector<std::string> lines;
    const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
    for (std::size_t at = 0; at < text.size(); at += size) reader.feed(std::string_view(text).substr(at, size), keep);
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", ""})) << size;
    reader.finish(keep);
    EXPECT_EQ(lines.back(), "four") << size;
  }
}

TEST(LineReader, an_endless_line_does_not_fill_memory) {
  LineReader reader;
  std::size_t length = 0;
  const auto keep = [&](std::string_view line) { length = line.size(); };
  const std::string piece(1u << 16, 'x');
  for (int i = 0; i < 40; ++i) reader.feed(piece, keep);
  reader.feed("\n", keep);
  EXPECT_EQ(length, LineReader::line_bytes_max);
}

TEST(EventReader, events_have_a_name_and_their_lines_of_data) {
  EventReader reader;
  std::vector<std::string> events;
  const auto keep = [&](const std::string& name, const std::string& data) { events.push_back(name + "|" + data); };
  reader.feed(": a comment\nevent: commit\nda", keep);
  reader.feed("ta: {\"revision\":\ndata:7}\nid: 3\n\nevent: empty\n\ndata: x\r\n\r\ndata\n\n", keep);
  EXPECT_EQ(events, (std::vector<std::string>{"commit|{\"revision\":\n7}", "message|x", "message|"}));
}

std::string pcap(std::uint32_t magic, const std::vector<std::uint32_t>& lengths, bool big) {
  const auto word = [big](std::uint32_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += char(value >> (big ? 24 - 8 * i : 8 * i));
    return bytes;
  };
  std::string file = word(magic) + std::string(20, '\0');
  for (const std::uint32_t length : lengths)
    file += std::string(8, '\0') + word(length) + word(length) + std::string(length, 'p');
  return file;
}

TEST(PcapCounter, packets_are_counted_in_both_byte_orders_however_the_pieces_are_cut) {
  for (const bool big : {false, true})
    for (const std::uint32_t magic : {0xa1b2c3d4u, 0xa1b23c4du})
      for (const std::size_t size : {1u, 7u, 1000u}) {
        const std::string file = pcap(magic, {60, 0, 200}, big);
        PcapCounter counter;
        for (std::size_t at = 0; at < file.size(); at += size) counter.feed(std::string_view(file).substr(at, size));
        EXPECT_EQ(counter.packets(), 3u);
        EXPECT_EQ(counter.bytes(), file.size());
      }
}

TEST(PcapCounter, what_is_not_pcap_has_no_packets) {
  PcapCounter counter;
  counter.feed(std::string(1000, 'x'));
  EXPECT_EQ(counter.packets(), 0u);
}

}  // namespace
}  // namespace poise::control::cli
