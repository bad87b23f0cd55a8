#pragma once
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace poise {

// Zeroed memory for tables: huge pages when the machine has free ones, else transparent huge pages, else small ones;
// touched before it is returned, so that no worker ever takes a page fault. Throws std::bad_alloc with errno kept when
// the machine has not enough.
void* allocate_huge(std::size_t bytes);
void free_huge(void* memory, std::size_t bytes);

// HugeArray - a fixed number of zero-initialised plain values in such memory.
template <class T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  HugeArray() = default;
  explicit HugeArray(std::size_t count)
      : data_(count == 0 ? nullptr : static_cast<T*>(allocate_huge(count * sizeof(T)))), count_(count) {}
  ~HugeArray() {
    if (data_ != nullptr) free_huge(data_, count_ * sizeof(T));
  }
  HugeArray(HugeArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  HugeArray& operator=(HugeArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::size_t size() const { return count_; }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace poise
