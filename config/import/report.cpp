#include "config/import/report.hpp"

#include "config/types/limits.hpp"

namespace poise::config::importing {

std::string_view name_of(Note::Kind kind) {
  switch (kind) {
    case Note::Kind::taken:
      return "taken";
    case Note::Kind::changed:
      return "changed";
    case Note::Kind::ignored:
      return "ignored";
    case Note::Kind::problem:
      return "problem";
  }
  return "?";
}

std::uint32_t Report::add_file(std::string name) {
  files_.push_back(std::move(name));
  return std::uint32_t(files_.size() - 1);
}

void Report::note(Place place, Note::Kind kind, std::string keyword, std::string text) {
  notes_.emplace(place, Note{files_[place.file], place.line, kind, std::move(keyword), std::move(text)});
}

void Report::refuse(Place place, const std::string& keyword, Error what) {
  note(place, Note::Kind::problem, keyword, what.problem + (what.fix.empty() ? "" : " (" + what.fix + ")"));
  if (errors_.size() > limits::errors_reported) return;
  if (errors_.size() == limits::errors_reported) what = {"", "there are more errors than these", "correct them first"};
  std::string at = files_[place.file] + ":" + std::to_string(place.line);
  what.path = what.path.empty() ? std::move(at) : at + ": " + what.path;
  errors_.emplace(place, std::move(what));
}

void Report::leave_out(Place place, const std::string& keyword, Error what) {
  if (!lenient_) return refuse(place, keyword, std::move(what));
  note(place, Note::Kind::problem, keyword, "left out: " + what.problem);
}

std::vector<Note> Report::notes() const {
  std::vector<Note> all;
  for (const auto& [place, note] : notes_) all.push_back(note);
  return all;
}

Errors Report::errors() const {
  Errors all;
  for (const auto& [place, error] : errors_) all.push_back(error);
  return all;
}

}  // namespace poise::config::importing
