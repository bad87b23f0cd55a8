#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace poise::control::cli {

// Style - what the place of output can show.
struct Style {
  bool colour = false;
  std::size_t width = 0;  // columns of the terminal; 0: no limit (a file or a pipe)
};

enum class Tone { plain, good, warning, bad, dim, strong };
std::string toned(const std::string& text, Tone tone, const Style& style);
Tone tone_of_state(const std::string& state);  // "up" is good, "drain" a warning, "down" bad, what is unknown plain

struct Column {
  std::string header;
  bool right = false;    // numbers
  bool shrinks = false;  // may be cut with an ellipsis when the terminal is too narrow
  std::size_t width_min = 0;
};

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};
using Row = std::vector<Cell>;

// Table - rows under headers, columns as wide as their widest cell, two spaces between them, no trailing spaces.
// With Style::width set, shrinking columns give up room, the widest first, but never below 8 columns or their header.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(Row row);  // as many cells as columns
  std::size_t rows() const { return rows_.size(); }
  std::string render(const Style& style) const;

 private:
  std::vector<std::size_t> widths(const Style& style) const;
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// StreamTable - the same for rows that come one by one: a column grows when a wider cell comes and never shrinks.
class StreamTable {
 public:
  StreamTable(std::vector<Column> columns, Style style);
  std::string header();
  std::string row(const Row& cells);

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  Style style_;
};

}  // namespace poise::control::cli
