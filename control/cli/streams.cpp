#include "control/cli/streams.hpp"

#include <algorithm>

namespace poise::control::cli {
namespace {

constexpr std::size_t file_header_bytes = 24, record_header_bytes = 16, captured_length_at = 8;

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void LineReader::feed(std::string_view piece, const std::function<void(std::string_view)>& line) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    pending_ += part.substr(0, line_bytes_max - std::min(pending_.size(), line_bytes_max));
    if (end == std::string_view::npos) return;
    line(without_return(pending_));
    pending_.clear();
    piece.remove_prefix(end + 1);
  }
}

void LineReader::finish(const std::function<void(std::string_view)>& line) {
  if (!pending_.empty()) line(without_return(pending_));
  pending_.clear();
}

void EventReader::feed(std::string_view piece, const Handler& handler) {
  lines_.feed(piece, [&](std::string_view text) { line(text, handler); });
}

void EventReader::line(std::string_view text, const Handler& handler) {
  if (text.empty()) {
    if (has_data_) handler(name_.empty() ? "message" : name_, data_);
    name_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const std::size_t colon = text.find(':');
  const std::string_view field = text.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") name_ = value;
  if (field != "data" || data_.size() + value.size() > LineReader::line_bytes_max) return;
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

void PcapCounter::feed(std::string_view piece) {
  bytes_ += piece.size();
  while (!piece.empty() && part_ != Part::other) {
    if (part_ == Part::record) {
      const std::size_t taken = std::size_t(std::min<std::uint64_t>(left_, piece.size()));
      left_ -= taken;
      piece.remove_prefix(taken);
      if (left_ == 0) part_ = Part::record_header;
      continue;
    }
    const std::size_t wanted = (part_ == Part::file_header ? file_header_bytes : record_header_bytes) - header_.size();
    header_ += piece.substr(0, wanted);
    if (piece.size() < wanted) return;
    piece.remove_prefix(wanted);
    header_complete();
    header_.clear();
  }
}

void PcapCounter::header_complete() {
  if (part_ == Part::file_header) {
    const std::uint32_t magic = little_endian(header_), other_order = __builtin_bswap32(magic);
    const auto known = [](std::uint32_t value) {
      return value == 0xa1b2c3d4 || value == 0xa1b23c4d;
    };  // micro- and nanoseconds
    swapped_ = known(other_order);
    part_ = known(magic) || swapped_ ? Part::record_header : Part::other;
    return;
  }
  const std::uint32_t length = little_endian(std::string_view(header_).substr(captured_length_at));
  left_ = swapped_ ? __builtin_bswap32(length) : length;
  ++packets_;
  part_ = left_ == 0 ? Part::record_header : Part::record;
}

}  // namespace poise::control::cli
