#include "config/text.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "config/path.hpp"
#include "config/read.hpp"
#include "config/schema.hpp"
#include "config/syntax_error.hpp"
#include "config/types/limits.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

// CountingIterator - tells how many bytes the parser has taken: nlohmann/json gives tokens no positions.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  std::size_t* taken;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    ++at;
    ++*taken;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }
};

// Places - byte offsets of wanted paths; npos until seen. A path that is seen twice has its last place, as its value is
// the last.
using Places = std::unordered_map<std::string, std::size_t>;

// Builder - receives the parser's tokens: builds the document, notices duplicate keys, and notes where wanted paths
// are. The members up to parse_error are the interface that nlohmann::json::sax_parse calls; false ends the parse.
class Builder {
 public:
  Builder(std::string_view text, std::string_view source, Places* wanted)
      : text_(text), source_(source), wanted_(wanted) {}

  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(std::int64_t value) { return scalar(value); }
  bool number_unsigned(std::uint64_t value) { return scalar(value); }
  bool number_float(double value, const std::string&) { return scalar(value); }
  bool string(std::string& value) { return scalar(std::move(value)); }
  bool binary(json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(json::object()); }
  bool start_array(std::size_t) { return open(json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name);
  bool parse_error(std::size_t position, const std::string&, const json::exception& exception) {
    errors_.push_back(syntax_error({text_, source_, position, exception.what()}));
    return false;
  }

  std::size_t taken = 0;
  json take_document() { return std::move(document_); }
  Errors take_errors() { return std::move(errors_); }

 private:
  struct Frame {
    json* container;
    std::string key;  // of the member being read
  };

  std::string path() const;
  json* place(json value);
  bool scalar(json value) {
    note_element(value);
    place(std::move(value));
    return true;
  }
  bool open(json container);
  bool close() {
    frames_.pop_back();
    return true;
  }
  void note(std::size_t offset) {
    if (!wanted_) return;
    const auto found = wanted_->find(path());
    if (found != wanted_->end()) found->second = offset;
  }
  void note_element(const json& value);
  std::size_t quote_start() const;

  std::string_view text_, source_;
  Places* wanted_;
  json document_;
  std::vector<Frame> frames_;
  Errors errors_;
};

std::string Builder::path() const {
  std::string path;
  for (const Frame& frame : frames_) {
    if (frame.container->is_object())
      path = child(path, frame.key);
    else
      path = child(path, &frame == &frames_.back() ? frame.container->size() : frame.container->size() - 1);
  }
  return path;
}

json* Builder::place(json value) {
  if (frames_.empty()) {
    document_ = std::move(value);
    return &document_;
  }
  json& container = *frames_.back().container;
  if (container.is_object()) {
    json& member = container[frames_.back().key];
    member = std::move(value);
    return &member;
  }
  container.push_back(std::move(value));
  return &container.back();
}

bool Builder::open(json container) {
  note_element(container);
  if (frames_.size() >= limits::document_depth) {
    errors_.push_back(
        at_place(text_, source_, taken,
                 {path(), "objects and lists are nested more than " + std::to_string(limits::document_depth) + " deep",
                  "no configuration needs that: look for a missing } or ]"}));
    return false;
  }
  json* placed = place(std::move(container));
  frames_.push_back({placed, {}});
  return true;
}

// The parser has just taken the first byte of a container, the last of a string or literal, or one more than a number.
void Builder::note_element(const json& value) {
  if (!wanted_ || (!frames_.empty() && frames_.back().container->is_object())) return;  // noted at its key
  if (value.is_structured()) return note(taken == 0 ? 0 : taken - 1);
  if (value.is_string()) return note(quote_start());
  const auto is_of_token = [&](std::size_t at) {
    return std::isalnum(static_cast<unsigned char>(text_[at])) || text_[at] == '-' || text_[at] == '+' ||
           text_[at] == '.';
  };
  std::size_t at = taken;
  while (at > 0 && !is_of_token(at - 1)) --at;
  while (at > 0 && is_of_token(at - 1)) --at;
  note(at);
}

// The parser has just taken the closing quote of a string. Inside a string a quote has a backslash before it; before an
// opening quote there never is one.
std::size_t Builder::quote_start() const {
  std::size_t at = taken >= 2 ? taken - 2 : 0;
  while (at > 0 && (text_[at] != '"' || text_[at - 1] == '\\')) --at;
  return at;
}

bool Builder::key(std::string& name) {
  Frame& frame = frames_.back();
  frame.key = name;
  const std::size_t start = quote_start();
  note(start);
  if (!frame.container->contains(name)) return true;
  if (errors_.size() < limits::errors_reported)
    errors_.push_back(at_place(text_, source_, start, {path(), "this name stands here twice", "keep one of them"}));
  return true;
}

bool run(std::string_view text, Comments comments, Builder& builder) {
  const CountingIterator first{text.data(), &builder.taken}, last{text.data() + text.size(), &builder.taken};
  return json::sax_parse(first, last, &builder, json::input_format_t::json, true, comments == Comments::allowed);
}

struct Read {
  json document;
  Errors errors;  // duplicate keys leave the document whole
  bool is_whole = false;
};

Read read_all(std::string_view text, std::string_view source, Comments comments) {
  if (text.size() > limits::document_bytes)
    return {
        {},
        {{std::string(source), "the document is larger than " + std::to_string(limits::document_bytes >> 20) + " MiB",
          "remove what is not needed"}}};
  Builder builder(text, source, nullptr);
  const bool is_whole = run(text, comments, builder);
  return {builder.take_document(), builder.take_errors(), is_whole};
}

// Every enclosing path: an error about what is missing is shown where it should have been.
void want(Places& places, std::string_view path) {
  while (true) {
    places.emplace(path, std::string_view::npos);
    if (path.empty()) return;
    std::size_t end = path.size() - 1;
    if (path[end] == ']') {
      const bool is_quoted = end > 0 && path[end - 1] == '"';
      end = path.rfind(is_quoted ? "[\"" : "[", end);
    } else {
      end = path.find_last_of(".]", end);
      if (end != std::string_view::npos && path[end] == ']') ++end;
    }
    path = path.substr(0, end == std::string_view::npos ? 0 : end);
  }
}

std::size_t find_place(const Places& places, const std::string& path) {
  Places enclosing;
  want(enclosing, path);
  std::size_t best_length = 0, best = 0;
  for (const auto& [each, unused] : enclosing) {
    const std::size_t offset = places.at(each);
    if (offset == std::string_view::npos || each.size() < best_length) continue;
    best_length = each.size();
    best = offset;
  }
  return best;
}

}  // namespace

Results<json> read_text(std::string_view text, std::string_view source, Comments comments) {
  Read result = read_all(text, source, comments);
  if (!result.errors.empty()) return tl::unexpected<Errors>(std::move(result.errors));
  return std::move(result.document);
}

Errors with_places(Errors errors, std::string_view text, std::string_view source) {
  Places places;
  for (const Error& error : errors) want(places, error.path);
  Builder builder(text, source, &places);
  run(text, Comments::allowed, builder);
  std::multimap<std::size_t, Error> placed;
  for (Error& error : errors) {
    const std::size_t offset = find_place(places, error.path);
    placed.emplace(offset, std::move(error));
  }
  Errors result;
  for (auto& [offset, error] : placed) result.push_back(at_place(text, source, offset, std::move(error)));
  return result;
}

Results<Config> parse(std::string_view text, std::string_view source) {
  Read result = read_all(text, source, Comments::allowed);
  if (!result.is_whole) return tl::unexpected<Errors>(std::move(result.errors));
  auto config = from_json(result.document);
  if (!config) {
    Errors found = source.empty() ? std::move(config.error()) : with_places(std::move(config.error()), text, source);
    result.errors.insert(result.errors.end(), found.begin(), found.end());
  }
  if (!result.errors.empty()) return tl::unexpected<Errors>(std::move(result.errors));
  return config;
}

Results<Config> from_json(const json& document) {
  Config config;
  Errors errors = read(document_type(), document, &config);
  if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));
  return config;
}

}  // namespace poise::config
