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

template <class Table>
void unlink(RowList& list, Table& rows, std::uint32_t row) {
  const std::uint32_t before = rows[row].before, next = rows[row].next;
  (before == nobody ? list.first : rows[before].next) = next;
  (next == nobody ? list.last : rows[next].before) = before;
  rows[row].before = rows[row].next = nobody;
  --list.count;
}

}  // namespace poise::l7
