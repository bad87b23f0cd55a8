#include "l7/tcp/options.hpp"

#include <algorithm>

#include "datapath/wire/tcp.hpp"

namespace poise::l7::tcp {
namespace {

namespace wire = datapath::wire;

constexpr std::uint8_t option_window_scale = 3, option_sack_permitted = 4, option_sack = 5, option_timestamps = 8;
constexpr std::uint8_t mss_length = 4, window_scale_length = 3, sack_permitted_length = 2, timestamps_length = 10;
constexpr std::size_t sack_block_length = 8;

std::uint32_t word_at(const std::uint8_t* at) { return wire::at<wire::Be32>(at).host(); }

void read_sack(Options& options, std::span<const std::uint8_t> blocks) {
  if (blocks.size() % sack_block_length != 0) return;
  for (std::size_t at = 0; at < blocks.size(); at += sack_block_length) {
    const Range block{{word_at(&blocks[at])}, {word_at(&blocks[at + 4])}};
    if (block.left < block.right) options.add_sack(block);
  }
}

// `value` without kind and length. An option of the wrong length says nothing.
void read_option(Options& options, std::uint8_t kind, std::span<const std::uint8_t> value, bool is_syn) {
  switch (kind) {
    case wire::tcp_option_mss:
      if (is_syn && value.size() == mss_length - 2) options.mss = std::uint16_t(value[0] << 8 | value[1]);
      return;
    case option_window_scale:
      if (is_syn && value.size() == window_scale_length - 2)
        options.window_shift = std::min(value[0], window_shift_max);
      return;
    case option_sack_permitted:
      options.sack_permitted |= is_syn && value.empty();
      return;
    case option_timestamps:
      if (value.size() == timestamps_length - 2) options.timestamps = {word_at(&value[0]), word_at(&value[4])};
      return;
    case option_sack:
      if (!is_syn) read_sack(options, value);
      return;
    default:
      return;
  }
}

// Writer - puts options one after the other.
struct Writer {
  std::span<std::uint8_t, options_length_max> to;
  std::size_t at = 0;

  std::size_t room() const { return to.size() - at; }
  void byte(std::uint8_t value) { to[at++] = value; }
  void half(std::uint16_t value) {
    byte(std::uint8_t(value >> 8));
    byte(std::uint8_t(value));
  }
  void word(std::uint32_t value) {
    half(std::uint16_t(value >> 16));
    half(std::uint16_t(value));
  }
  void head(std::uint8_t kind, std::size_t length) {
    byte(kind);
    byte(std::uint8_t(length));
  }
  void pad(std::size_t count) {
    while (count-- > 0) byte(wire::tcp_option_nop);
  }
};

}  // namespace

Options read_options(std::span<const std::uint8_t> bytes, bool is_syn) {
  Options options;
  for (std::size_t at = 0; at < bytes.size() && bytes[at] != wire::tcp_option_end;) {
    if (bytes[at] == wire::tcp_option_nop) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < bytes.size() ? bytes[at + 1] : 0;
    if (length < 2 || length > bytes.size() - at) {
      options.is_malformed = true;
      break;
    }
    read_option(options, bytes[at], bytes.subspan(at + 2, length - 2), is_syn);
    at += length;
  }
  return options;
}

std::size_t write_options(const Options& options, std::span<std::uint8_t, options_length_max> to) {
  Writer writer{to};
  if (options.mss) {
    writer.head(wire::tcp_option_mss, mss_length);
    writer.half(*options.mss);
  }
  if (options.sack_permitted || options.timestamps) {
    // Two bytes before the timestamps: the permission, or nothing.
    if (options.sack_permitted)
      writer.head(option_sack_permitted, sack_permitted_length);
    else
      writer.pad(2);
    if (options.timestamps) {
      writer.head(option_timestamps, timestamps_length);
      writer.word(options.timestamps->value);
      writer.word(options.timestamps->echo);
    } else {
      writer.pad(2);
    }
  }
  if (options.window_shift) {
    writer.pad(1);
    writer.head(option_window_scale, window_scale_length);
    writer.byte(*options.window_shift);
  }
  const std::size_t fit = writer.room() < 4 ? 0 : (writer.room() - 4) / sack_block_length;
  const std::size_t count = std::min<std::size_t>(fit, options.sack_count);
  if (count != 0) {
    writer.pad(2);
    writer.head(option_sack, 2 + count * sack_block_length);
    for (const Range& block : options.sack_blocks().first(count)) {
      writer.word(block.left.value);
      writer.word(block.right.value);
    }
  }
  return writer.at;
}

}  // namespace poise::l7::tcp
