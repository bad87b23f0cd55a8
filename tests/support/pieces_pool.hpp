#pragma once
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// PiecesPool - packet buffers that are there from the start and may be pieces of other frames, as mbufs may: a buffer
// goes back when nobody holds it any more. One thread.
class PiecesPool : public BufferPool {
 public:
  static constexpr std::uint16_t headroom = 128, capacity = 2048;
  static constexpr std::size_t pieces_max = 20;

  explicit PiecesPool(std::size_t buffers) : memory_(buffers * (headroom + capacity)), rows_(buffers) {
    for (std::size_t i = buffers; i-- > 0;) {
      rows_[i].bytes = &memory_[i * (headroom + capacity)];
      free_.push_back(&rows_[i]);
    }
  }
  ~PiecesPool() override { ensure(outstanding() == 0); }

  Allocation allocate() override {
    if (free_.empty()) return {};
    Row* row = free_.back();
    free_.pop_back();
    row->holders = 1;
    row->count = 0;
    return {reinterpret_cast<Buffer*>(row), row->bytes + headroom, headroom, capacity};
  }
  void free(std::span<Buffer* const> buffers) override {
    for (Buffer* buffer : buffers) let_go(*reinterpret_cast<Row*>(buffer));
  }
  bool append(Buffer* head, Buffer* of, const std::uint8_t* bytes, std::uint16_t length) override {
    Row& row = *reinterpret_cast<Row*>(head);
    if (row.count == pieces_max) return false;
    Row* held = reinterpret_cast<Row*>(of);
    ++held->holders;
    row.pieces[row.count++] = {held, {bytes, length}};
    return true;
  }
  // The whole frame, its pieces too; how long it is.
  static std::size_t copy(const Frame& frame, std::uint8_t* into) {
    std::uint8_t* at = into;
    std::memcpy(at, frame.data, frame.length);
    at += frame.length;
    const Row& row = *reinterpret_cast<const Row*>(frame.buffer);
    for (std::size_t i = 0; i < row.count; ++i) {
      std::memcpy(at, row.pieces[i].bytes.data(), row.pieces[i].bytes.size());
      at += row.pieces[i].bytes.size();
    }
    return std::size_t(at - into);
  }
  std::size_t outstanding() const { return rows_.size() - free_.size(); }

 private:
  struct Row;
  struct Piece {
    Row* of = nullptr;
    std::span<const std::uint8_t> bytes;
  };
  struct Row {
    std::uint8_t* bytes = nullptr;
    std::uint32_t holders = 0, count = 0;
    std::array<Piece, pieces_max> pieces;
  };
  void let_go(Row& row) {
    ensure(row.holders > 0);
    if (--row.holders > 0) return;
    for (std::size_t i = 0; i < row.count; ++i) let_go(*row.pieces[i].of);
    row.count = 0;
    free_.push_back(&row);
  }
  std::vector<std::uint8_t> memory_;
  std::vector<Row> rows_;
  std::vector<Row*> free_;
};

}  // namespace poise::datapath
