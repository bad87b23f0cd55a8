#pragma once
#include <array>
#include <limits>
#include <optional>
#include <type_traits>

#include "config/choices.hpp"
#include "config/model.hpp"
#include "config/type.hpp"

// How a field table is written. `fields<S>` of a struct S is an array of field<&S::member>(name, rule, help);
// type_of<T> makes the description of any type that a member may have. Only config/fields.cpp and the tests include the
// tables.
namespace poise::config {

template <class T>
inline constexpr auto fields = std::array<Field, 0>{};

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_named = false;
template <class T>
inline constexpr bool is_named<Named<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
const T& as(const void* object) {
  return *static_cast<const T*>(object);
}
template <class T>
T& as(void* object) {
  return *static_cast<T*>(object);
}

template <class T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, bool>)
    return Kind::boolean;
  else if constexpr (std::is_integral_v<T>)
    return Kind::integer;
  else if constexpr (std::is_enum_v<T>)
    return Kind::choice;
  else if constexpr (std::is_same_v<T, std::string>)
    return Kind::text;
  else if constexpr (std::is_same_v<T, IpAddr>)
    return Kind::address;
  else if constexpr (std::is_same_v<T, IpPrefix>)
    return Kind::prefix;
  else if constexpr (std::is_same_v<T, MacAddr>)
    return Kind::mac;
  else if constexpr (std::is_same_v<T, PortRange>)
    return Kind::ports;
  else if constexpr (is_list<T>)
    return Kind::list;
  else if constexpr (is_named<T>)
    return Kind::named;
  else if constexpr (is_optional<T>)
    return Kind::optional;
  else
    return Kind::object;
}

template <class T>
constexpr Type make_type();
template <class T>
inline constexpr Type type_of = make_type<T>();

template <class T>
constexpr void add_number(Type& type) {
  type.number = [](const void* object) { return std::uint64_t(as<T>(object)); };  // a negative one is sign-extended
  type.set_number = [](void* object, std::uint64_t number) { as<T>(object) = T(number); };
  if constexpr (std::is_integral_v<T>) type.is_signed = std::is_signed_v<T>;
  if constexpr (std::is_enum_v<T>)
    type.choices = choices<T>;
  else
    type.integer_max = std::numeric_limits<T>::max();
}

template <class T>
constexpr void add_elements(Type& type) {
  type.size = [](const void* object) { return as<T>(object).size(); };
  if constexpr (is_list<T>) {
    type.element = &type_of<typename T::value_type>;
    type.at = [](const void* object, std::size_t index) -> const void* { return &as<T>(object)[index]; };
    type.append = [](void* object) -> void* { return &as<T>(object).emplace_back(); };
    type.clear = [](void* object) { as<T>(object).clear(); };
  } else {
    type.element = &type_of<typename T::mapped_type>;
    type.insert = [](void* object, std::string_view name) -> void* { return &as<T>(object)[std::string(name)]; };
    type.entries = [](const void* object) {
      std::vector<std::pair<std::string_view, const void*>> entries;
      for (const auto& [name, entry] : as<T>(object)) entries.emplace_back(name, &entry);
      return entries;
    };
  }
}

template <class T>
constexpr Type make_type() {
  Type type{.kind = kind_of<T>()};
  type.equal = [](const void* left, const void* right) { return as<T>(left) == as<T>(right); };
  type.default_value = []() -> const void* {
    static const T value{};
    return &value;
  };
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    add_number<T>(type);
  } else if constexpr (is_list<T> || is_named<T>) {
    add_elements<T>(type);
  } else if constexpr (is_optional<T>) {
    type.element = &type_of<typename T::value_type>;
    type.value = [](const void* object) -> const void* { return as<T>(object) ? &*as<T>(object) : nullptr; };
    type.emplace = [](void* object) -> void* { return &as<T>(object).emplace(); };
  } else if constexpr (kind_of<T>() == Kind::object) {
    static_assert(fields<T>.size() > 0, "the struct has no field table");
    type.fields = fields<T>;
  }
  return type;
}

template <class Owner, class Member>
Owner owner_of(Member Owner::*);
template <class Owner, class Member>
Member member_of(Member Owner::*);

template <auto member>
constexpr Field field(std::string_view name, Rule rule, std::string_view help) {
  using Owner = decltype(owner_of(member));
  return Field{.name = name,
               .rule = rule,
               .help = help,
               .type = &type_of<decltype(member_of(member))>,
               .get = [](const void* owner) -> const void* { return &(as<Owner>(owner).*member); },
               .edit = [](void* owner) -> void* { return &(as<Owner>(owner).*member); }};
}

}  // namespace poise::config
