#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "l7/proxy_protocol.hpp"
#include "l7/rules/edited.hpp"
#include "l7/stick/rules.hpp"

namespace poise::l7::rules {

// Subject - what rules judge: a connection, a request, or a response. What is not there (yet, or any more) is null or
// empty, and conditions on it don't hold. Whoever has more that conditions can ask for adds it here, with a kind of
// condition of its own (condition.hpp).
struct Subject {
  const ProxyHeader::Ends* ends = nullptr;
  std::string_view sni;  // in lower case
  const EditedRequest* request = nullptr;
  const EditedResponse* response = nullptr;
  struct Identity {  // of the request, over all that this node serves
    std::uint32_t began_ms = 0;
    std::uint32_t number = 0;  // among those of its proxy
    std::uint32_t proxy = 0;
  } identity;
  struct Tracked {  // entries of stick tables
    std::array<stick::Held, stick::counters_max> held;
    stick::Table::Visit visit;
  } tracked;
  std::span<char> room;  // to put a target together: http1::target_max + 1 bytes
};

// Calls `visit` with the values of a header, cookie or parameter until it returns true; whether it did. Of a header
// each line as a whole, and where that is a list each of its elements.
template <class Visit>
bool any_header(const EditedFields& fields, std::string_view name, Visit&& visit) {
  return !fields.for_each_of(name, [&](const EditedFields::Each& field) {
    if (visit(field.value)) return false;
    if (field.value.find(',') == std::string_view::npos) return true;
    return http1::for_each_element(field.value, [&](std::string_view element) { return !visit(element); });
  });
}

template <class Visit>
bool any_cookie(const EditedFields& fields, std::string_view name, Visit&& visit) {
  return !fields.for_each([&](const EditedFields::Each& field) {
    if (field.id != http1::FieldId::cookie) return true;
    for (std::string_view left = field.value; !left.empty();) {
      const std::size_t end = std::min(left.find(';'), left.size());
      const std::string_view pair = http1::trimmed(left.substr(0, end));
      left.remove_prefix(std::min(end + 1, left.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || http1::trimmed(pair.substr(0, equals)) != name) continue;
      if (visit(http1::trimmed(pair.substr(equals + 1)))) return false;
    }
    return true;
  });
}

template <class Visit>
bool any_parameter(std::string_view query, std::string_view name, Visit&& visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name && visit(pair.substr(std::min(equals + 1, pair.size())))) return true;
  }
  return false;
}

}  // namespace poise::l7::rules
