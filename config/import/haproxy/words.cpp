#include "config/import/haproxy/words.hpp"

#include <algorithm>
#include <set>

#include "config/spelling.hpp"

namespace poise::config::importing::haproxy {
namespace {

// A note for all the words that have the same reason.
void speak_of(Mapping& mapping, const Line& line, const std::vector<FoundWord>& words, bool& drops) {
  std::set<std::string_view> told;
  for (const FoundWord& found : words) {
    const bool is_said = found.word->kind == Word::Kind::taken || found.word->kind == Word::Kind::check;
    if (is_said || !told.insert(found.word->why).second) continue;
    std::string text;
    for (const FoundWord& each : words)
      if (each.word->kind == found.word->kind && std::string_view(each.word->why) == found.word->why)
        text += (text.empty() ? "" : ", ") + std::string(each.word->name);
    text += std::string(": ") + found.word->why;
    drops = drops || found.word->kind == Word::Kind::drops;
    if (found.word->kind == Word::Kind::noted)
      mapping.ignored(line, text);
    else
      mapping.leave_out(line, text, "remove it, or import with --lenient to leave it out");
  }
}

}  // namespace

std::vector<FoundWord> read_words(Mapping& mapping, const Line& line, std::size_t first, std::span<const Word> known,
                                  bool& drops) {
  std::vector<FoundWord> all;
  for (std::size_t i = first; i < line.words.size(); ++i) {
    const std::string& name = line.words[i];
    const auto word = std::find_if(known.begin(), known.end(), [&](const Word& each) { return each.name == name; });
    if (word == known.end()) {
      std::vector<std::string_view> names;
      for (const Word& each : known) names.push_back(each.name);
      mapping.refuse(line, "\"" + name + "\" is not known here", did_you_mean(name, names, "remove it"));
      break;
    }
    FoundWord found{.word = &*word, .value = word->values > 0 ? std::string_view(line.word(i + 1)) : ""};
    if (word->values > 0 && found.value.empty()) {
      mapping.refuse(line, "\"" + name + "\" needs a value", "write it behind it");
      break;
    }
    i += word->values;
    all.push_back(found);
  }
  speak_of(mapping, line, all, drops);
  return all;
}

}  // namespace poise::config::importing::haproxy
