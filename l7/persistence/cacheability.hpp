#pragma once
#include <string_view>

#include "l7/http1/request.hpp"

namespace poise::l7::persistence {

// Cacheability - whether a cache might keep a response, by its fields, as HAProxy's `nocache` judges it.
class Cacheability {
 public:
  void see(std::string_view name, std::string_view value);
  bool judge(http1::Method method, std::uint16_t status) const;

 private:
  void take(std::string_view element);
  bool is_kept_ = true, is_stale_ = false, has_age_ = false, has_validator_ = false, is_banned_ = false;
};

}  // namespace poise::l7::persistence
