#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "config/import/report.hpp"

namespace poise::config::importing {

struct Imported {
  nlohmann::json document;  // ours, without what is as by default; complete and valid when there are no errors
  std::vector<Note> notes;
  Errors errors;  // path is "file:line"
};

}  // namespace poise::config::importing
