#include "config/types/huge_array.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace poise {
namespace {

constexpr std::size_t huge_page = 2u << 20;

std::size_t rounded(std::size_t bytes) { return (bytes + huge_page - 1) & ~(huge_page - 1); }

void* map(std::size_t bytes, int extra_flags) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | extra_flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

void* allocate_huge(std::size_t bytes) {
  const std::size_t size = rounded(bytes);
  void* memory = size >= huge_page ? map(size, MAP_HUGETLB | MAP_POPULATE) : nullptr;
  if (memory != nullptr) return memory;
  // Map one page more than needed and give back the ends: transparent huge pages want alignment.
  auto* wide = static_cast<std::byte*>(map(size + huge_page, 0));
  if (wide == nullptr) throw std::bad_alloc();
  const std::size_t before = (huge_page - reinterpret_cast<std::uintptr_t>(wide) % huge_page) % huge_page;
  if (before != 0) munmap(wide, before);
  if (before != huge_page) munmap(wide + before + size, huge_page - before);
  madvise(wide + before, size, MADV_HUGEPAGE);
  if (bytes >= huge_page / 16) std::memset(wide + before, 0, bytes);  // touched now, not by the first packet
  return wide + before;
}

void free_huge(void* memory, std::size_t bytes) { munmap(memory, rounded(bytes)); }

}  // namespace poise
