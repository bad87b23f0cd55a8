#pragma once
#include <cstdint>

#include "l7/tables.hpp"

// Lists of rows of a table whose rows have `next` and `before`.
namespace poise::l7 {

template <class Table>
void push_back(RowList& list, Table& rows, std::uint32_t row) {
  rows[row].before = list.last;
  rows[row].next = nobody;
  (list.last == nobody ? list.first : rows[list.last].next) = row;
  list.last = row;
  ++list.count;
}

// Before a row of the list; `place` of nobody: at the end.
template <class Table>
void insert_before(RowList& list, Table& rows, std::uint32_t place, std::uint32_t row) {
  if (place == nobody) return push_back(list, rows, row);
  const std::uint32_t before = rows[place].before;
  rows[row].before = before;
  rows[row].next = place;
  (before == nobody ? list.first : rows[before].next) = row;
  rows[place].before = row;
  ++list.count;
}

template <class Table>
void unlink(RowList& list, Table& rows, std::uint32_t row) {
  const std::uint32_t before = rows[row].before, next = rows[row].next;
  (before == nobody ? list.first : rows[before].next) = next;
  (next == nobody ? list.last : rows[next].before) = before;
  rows[row].before = rows[row].next = nobody;
  --list.count;
}

}  // namespace poise::l7
