#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// What comes over a long answer in pieces of any size. Each reader is fed the pieces as they come and keeps what is not
// complete.
namespace poise::control::cli {

// LineReader - lines of a text, without their ends. A line above `line_bytes_max` is cut there, so that a broken peer
// cannot fill memory.
class LineReader {
 public:
  static constexpr std::size_t line_bytes_max = 1u << 20;
  void feed(std::string_view piece, const std::function<void(std::string_view line)>& line);
  void finish(const std::function<void(std::string_view line)>& line);  // what came without an end of line

 private:
  std::string pending_;
};

// EventReader - server-sent events (WHATWG HTML, "Server-sent events"): name and data; comments and ids are skipped.
class EventReader {
 public:
  using Handler = std::function<void(const std::string& name, const std::string& data)>;
  void feed(std::string_view piece, const Handler& handler);

 private:
  void line(std::string_view text, const Handler& handler);
  LineReader lines_;
  std::string name_, data_;
  bool has_data_ = false;
};

// PcapCounter - counts the packets of a pcap stream of either byte order. Another format counts as no packets.
class PcapCounter {
 public:
  void feed(std::string_view piece);
  std::uint64_t packets() const { return packets_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  enum class Part { file_header, record_header, record, other } part_ = Part::file_header;
  void header_complete();
  std::string header_;
  std::uint64_t left_ = 0, packets_ = 0, bytes_ = 0;
  bool swapped_ = false;
};

}  // namespace poise::control::cli
