#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "config/types/result.hpp"

// Questions to what an importer has made, whichever it was.
namespace poise::config::importing {

// The part of the document at a JSON pointer; null when it is not there.
nlohmann::json part(const auto& imported, const std::string& pointer) {
  const nlohmann::json::json_pointer at(pointer);
  return imported.document.contains(at) ? imported.document[at] : nlohmann::json();
}

std::string text_of_errors(const auto& imported) {
  std::string text;
  for (const Error& error : imported.errors) text += to_string(error) + "\n";
  return text;
}

// The notes on a keyword, a line each.
std::string notes_on(const auto& imported, std::string_view keyword) {
  std::string text;
  for (const auto& note : imported.notes)
    if (note.keyword == keyword) text += std::string(name_of(note.kind)) + ": " + note.text + "\n";
  return text;
}

}  // namespace poise::config::importing
