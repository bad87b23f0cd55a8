#pragma once
#include <cstdint>
#include <string>

namespace poise::l7::persistence {

// CookieRule - how a backend keeps clients with their server by a cookie: HAProxy's `cookie` keyword.
struct CookieRule {
  enum class Mode : std::uint8_t { insert, prefix, rewrite } mode = Mode::insert;
  std::string name;
  bool is_indirect = false, has_no_cache = false, is_for_post_only = false, preserves = false;
  std::uint32_t idle_max_s = 0, life_max_s = 0;  // 0: no limit
  std::string attributes;                        // what stands behind an inserted one: "; domain=a; HttpOnly"
};

}  // namespace poise::l7::persistence
