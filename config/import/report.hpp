#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/types/result.hpp"

// What an importer says about a foreign configuration: a note for each line, and the errors that stop it.
namespace poise::config::importing {

struct Place {  // in the files that were read
  std::uint32_t file = 0, line = 0;
  auto operator<=>(const Place&) const = default;
};

struct Note {
  enum class Kind { taken, changed, ignored, problem };
  std::string file;
  std::uint32_t line = 0;
  Kind kind = Kind::taken;
  std::string keyword, text;
};
std::string_view name_of(Note::Kind kind);

// Report - notes and errors as they are found, put in order of their places at the end.
class Report {
 public:
  explicit Report(bool lenient) : lenient_(lenient) {}

  std::uint32_t add_file(std::string name);  // its index
  const std::string& file(std::uint32_t index) const { return files_[index]; }
  std::size_t files() const { return files_.size(); }

  void note(Place place, Note::Kind kind, std::string keyword, std::string text);
  // A wrong value, or what would not do what it says: an error, with a note.
  void refuse(Place place, const std::string& keyword, Error what);
  // What cannot be expressed: an error, or only a note when the operator wants it left out.
  void leave_out(Place place, const std::string& keyword, Error what);

  bool has_error_in(Place first, Place last) const {
    const auto found = errors_.lower_bound(first);
    return found != errors_.end() && found->first <= last;
  }
  bool has_errors() const { return !errors_.empty(); }
  bool lenient() const { return lenient_; }
  std::vector<Note> notes() const;
  Errors errors() const;

 private:
  bool lenient_;
  std::vector<std::string> files_;
  std::multimap<Place, Note> notes_;
  std::multimap<Place, Error> errors_;
};

}  // namespace poise::config::importing
