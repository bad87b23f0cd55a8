#pragma once
#include <nlohmann/json_fwd.hpp>

#include "config/type.hpp"

namespace poise::config {

struct WriteStyle {
  bool brief = false;         // leave out what is as by default; required fields stay
  bool hide_secrets = false;  // show them as "(secret)"
};

// An object of the C++ type that `type` describes, as JSON by the field tables.
nlohmann::json write(const Type& type, const void* from, WriteStyle style);
// The same for one field of a struct: its rule decides whether it is secret.
nlohmann::json write(const Field& field, const void* owner, WriteStyle style);

}  // namespace poise::config
