#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Type, Rule, Field - the configuration's structs as data. They are made at compile time from the field tables
// (fields.hpp) and forget the C++ type, so that everything driven by them (reading, writing, schema, help, plan) is
// compiled once and not once per struct. A `const void*` below always points at an object of the C++ type that the Type
// was made of.
namespace poise::config {

enum class Kind { boolean, integer, text, choice, address, prefix, mac, ports, object, list, named, optional };

struct Choice {  // one value of an enum
  int value;
  std::string_view name, help;
};

enum class Format {
  text,      // any printable characters
  name,      // [A-Za-z0-9._-], 1..63 of them
  hash_key,  // 32 hex digits
  md5,       // 32 hex digits
  sha256,    // 64 hex digits
  hmac_key,  // 64 to 128 hex digits
  file,      // an absolute path
  socket,    // an absolute path that fits a unix socket address
  device,    // a DPDK device string
};

struct Rule {
  std::uint64_t min = 0, max = UINT64_MAX;  // of an integer, or of each of a list; of a signed one: its bits
  Format format = Format::text;             // of a string, or of each string of a list
  std::size_t count_max = SIZE_MAX;         // entries of a list or map
  bool required = false;                    // a document without it is refused: there is no sensible default
  bool secret = false;                      // never shown in a plan
  bool needs_restart = false;               // a change is applied at the next start, this field and all inside it
  bool entries_need_restart = false;        // adding and removing entries does, whatever their fields say
  std::string_view key = {};                // for a list of objects: the field that tells entries apart in a plan
};

struct Type;

struct Field {
  std::string_view name;
  Rule rule;
  std::string_view help;
  const Type* type;
  const void* (*get)(const void* owner);
  void* (*edit)(void* owner);
};

struct Type {
  Kind kind;
  const Type* element = nullptr;       // of a list, named map or optional
  std::span<const Field> fields = {};  // of an object
  std::span<const Choice> choices = {};
  std::uint64_t integer_max = 0;
  bool is_signed = false;  // numbers are the bits of an std::int64_t

  bool (*equal)(const void*, const void*) = nullptr;
  const void* (*default_value)() = nullptr;

  std::uint64_t (*number)(const void*) = nullptr;  // boolean, integer, choice
  void (*set_number)(void*, std::uint64_t) = nullptr;

  std::size_t (*size)(const void*) = nullptr;  // list and named
  const void* (*at)(const void*, std::size_t) = nullptr;
  void* (*append)(void*) = nullptr;
  void (*clear)(void*) = nullptr;  // of a list
  void* (*insert)(void*, std::string_view name) = nullptr;
  std::vector<std::pair<std::string_view, const void*>> (*entries)(const void*) = nullptr;  // of a named map, by name

  const void* (*value)(const void*) = nullptr;  // of an optional; nullptr: unset
  void* (*emplace)(void*) = nullptr;

  // The type without the optional around it.
  const Type& inner() const { return kind == Kind::optional ? *element : *this; }
};

// The whole document: the type of Config.
const Type& document_type();

const Field* find_field(const Type& object, std::string_view name);
const Choice* find_choice(std::span<const Choice> choices, std::string_view name);

}  // namespace poise::config
