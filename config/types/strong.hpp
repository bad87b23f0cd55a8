#pragma once
#include <compare>
#include <cstddef>
#include <functional>

namespace poise {

// Strong - a number that cannot be mistaken for another kind of number.
// What could be swapped by mistake (a worker id for a server id) has its own type; `value` is the only way in or out.
template <class Tag, class Rep>
struct Strong {
  Rep value{};
  constexpr auto operator<=>(const Strong&) const = default;
};

}  // namespace poise

template <class Tag, class Rep>
struct std::hash<poise::Strong<Tag, Rep>> {
  std::size_t operator()(const poise::Strong<Tag, Rep>& strong) const noexcept {
    return std::hash<Rep>{}(strong.value);
  }
};
