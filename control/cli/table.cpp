#include "control/cli/table.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "config/types/result.hpp"
#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t shrunk_min = 8;

std::string line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths, const Row& row,
                 const Style& style) {
  std::string text;
  std::size_t pending = 0;  // spaces owed to the next cell, so that none trail
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cut = columns[i].shrinks ? fit(row[i].text, widths[i]) : row[i].text;
    const std::size_t used = display_width(cut);
    const std::size_t padding = widths[i] > used ? widths[i] - used : 0;
    if (columns[i].right) pending += padding;
    if (!cut.empty()) {
      text += std::string(pending, ' ') + toned(cut, row[i].tone, style);
      pending = 0;
    }
    pending += (columns[i].right ? 0 : padding) + (cut.empty() ? used : 0) + gap;
  }
  return text + "\n";
}

Row header_row(const std::vector<Column>& columns) {
  Row row;
  for (const Column& column : columns) row.push_back({column.header, Tone::strong});
  return row;
}

}  // namespace

std::string toned(const std::string& text, Tone tone, const Style& style) {
  constexpr std::array<std::string_view, 6> codes = {"", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[1m"};
  if (!style.colour || tone == Tone::plain) return text;
  return std::string(codes[std::size_t(tone)]) + text + "\x1b[0m";
}

Tone tone_of_state(const std::string& state) {
  struct Word {
    std::string_view text;
    Tone tone;
  };
  static constexpr Word words[] = {{"up", Tone::good},           {"ok", Tone::good},
                                   {"established", Tone::good},  {"reachable", Tone::good},
                                   {"forward", Tone::good},      {"drain", Tone::warning},
                                   {"draining", Tone::warning},  {"drained", Tone::warning},
                                   {"warn", Tone::warning},      {"warning", Tone::warning},
                                   {"stale", Tone::warning},     {"probing", Tone::warning},
                                   {"probe", Tone::warning},     {"incomplete", Tone::warning},
                                   {"resolving", Tone::warning}, {"disabled", Tone::warning},
                                   {"down", Tone::bad},          {"bad", Tone::bad},
                                   {"failed", Tone::bad},        {"stalled", Tone::bad},
                                   {"drop", Tone::bad},          {"full", Tone::warning},
                                   {"dead", Tone::bad},          {"error", Tone::bad}};
  for (const Word& word : words)
    if (word.text == state) return word.tone;
  return Tone::plain;
}

void Table::add(Row row) {
  ensure(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(const Style& style) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = std::max(columns_[i].width_min, display_width(columns_[i].header));
    for (const Row& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  if (style.width == 0) return widths;
  std::size_t total = std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + gap * (columns_.size() - 1);
  for (; total > style.width; --total) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].shrinks && widths[i] > std::max(shrunk_min, display_width(columns_[i].header)) &&
          (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns_.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::render(const Style& style) const {
  const std::vector<std::size_t> columns = widths(style);
  std::string text = line(columns_, columns, header_row(columns_), style);
  for (const Row& row : rows_) text += line(columns_, columns, row, style);
  return text;
}

StreamTable::StreamTable(std::vector<Column> columns, Style style) : columns_(std::move(columns)), style_(style) {
  for (const Column& column : columns_) widths_.push_back(std::max(column.width_min, display_width(column.header)));
}

std::string StreamTable::header() { return line(columns_, widths_, header_row(columns_), style_); }

std::string StreamTable::row(const Row& cells) {
  ensure(cells.size() == columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!columns_[i].shrinks) widths_[i] = std::max(widths_[i], display_width(cells[i].text));
  return line(columns_, widths_, cells, style_);
}

}  // namespace poise::control::cli
