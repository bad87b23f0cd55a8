#pragma once
#include <random>

#include "config/fields_config.hpp"
#include "config/types/result.hpp"

namespace poise::config {

// RandomConfig - documents in which every field has some value that its rule allows, made from the field tables: a new
// field is covered without a line here. They break rules that span fields; they never break one of a single field.
class RandomConfig {
 public:
  explicit RandomConfig(std::uint64_t seed) : random_(seed) {}

  Config make() {
    Config config;
    fill(document_type(), {}, &config);
    return config;
  }

 private:
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }

  std::string letters(std::string_view alphabet, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += alphabet[below(alphabet.size())];
    return text;
  }
  std::string text(Format format) {
    constexpr std::string_view hex = "0123456789abcdef";
    constexpr std::string_view name = "abcXYZ019_-";
    switch (format) {
      case Format::hash_key:
      case Format::md5:
        return letters(hex, 32);
      case Format::sha256:
        return letters(hex, 64);
      case Format::hmac_key:
        return letters(hex, 64 + 2 * below(33));
      case Format::name:
        return letters(name, 1 + below(20)) + (below(4) == 0 ? ".7" : "");
      case Format::file:
      case Format::socket:
        return "/" + letters("ab/.", below(20));
      default:
        return letters("ab \"\\/,=:.{}", below(12)) + (below(3) == 0 ? "\xc3\xa4" : "");
    }
  }
  IpAddr address() {
    if (below(2) == 0) return IpAddr::v4(std::uint32_t(below(1ull << 32)));
    std::uint8_t wire[16];
    for (std::uint8_t& octet : wire) octet = std::uint8_t(below(3) == 0 ? below(256) : 0);
    const IpAddr result = IpAddr::v6(wire);
    return result.is_v4() ? IpAddr{} : result;
  }
  std::uint64_t integer(const Type& type, const Rule& rule) {
    const std::uint64_t last = std::min(rule.max, type.integer_max);
    const std::uint64_t kind = below(4);
    if (kind == 0) return rule.min;
    if (kind == 1) return last;
    return rule.min + (last - rule.min == UINT64_MAX ? random_() : below(last - rule.min + 1));
  }
  void fill_scalar(const Type& type, const Rule& rule, void* to);
  void fill(const Type& type, const Rule& rule, void* to);

  std::mt19937_64 random_;
};

inline void RandomConfig::fill_scalar(const Type& type, const Rule& rule, void* to) {
  switch (type.kind) {
    case Kind::boolean:
      return type.set_number(to, below(2));
    case Kind::integer:
      return type.set_number(to, integer(type, rule));
    case Kind::choice:
      return type.set_number(to, std::uint64_t(type.choices[below(type.choices.size())].value));
    case Kind::text:
      as<std::string>(to) = text(rule.format);
      return;
    case Kind::address:
      as<IpAddr>(to) = address();
      return;
    case Kind::prefix: {
      const IpAddr any = address();
      as<IpPrefix>(to) = {any, std::uint8_t(below(any.is_v4() ? 33 : 129))};
      return;
    }
    case Kind::mac:
      for (std::uint8_t& octet : as<MacAddr>(to).octets) octet = std::uint8_t(below(256));
      return;
    case Kind::ports: {
      const auto first = std::uint16_t(1 + below(65535));
      const auto last = std::uint16_t(first + below(65536u - first));
      as<PortRange>(to) = below(3) == 0 ? PortRange{} : PortRange{first, below(2) == 0 ? first : last};
      return;
    }
    default:
      ensure(false);
  }
}

inline void RandomConfig::fill(const Type& type, const Rule& rule, void* to) {
  switch (type.kind) {
    case Kind::object:
      for (const Field& field : type.fields)
        if (field.rule.required || below(4) != 0)
          fill(*field.type, field.rule, field.edit(to));  // the others keep their default
      return;
    case Kind::optional:
      if (below(2) == 0) fill(*type.element, rule, type.emplace(to));
      return;
    case Kind::list:
      for (std::uint64_t i = below(4); i > 0; --i) fill(*type.element, rule, type.append(to));
      return;
    case Kind::named:
      for (std::uint64_t i = below(4); i > 0; --i) fill(*type.element, rule, type.insert(to, text(Format::name)));
      return;
    default:
      fill_scalar(type, rule, to);
  }
}

}  // namespace poise::config
