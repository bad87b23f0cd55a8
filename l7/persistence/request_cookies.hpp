#pragma once
#include "l7/http1/write.hpp"
#include "l7/persistence/cookie_rule.hpp"

namespace poise::l7::persistence {

// RequestCookies - the Cookie fields of a request as the server is to see them: with `indirect` without the backend's
// cookie, in mode prefix with the server's own value alone. All else stays as it is, byte for byte.
class RequestCookies final : public http1::FieldRewriter {
 public:
  explicit RequestCookies(const CookieRule& rule) : rule_(rule) {}
  bool write(http1::HeadWriter& writer, http1::FieldId id, std::string_view value) const override;

 private:
  const CookieRule& rule_;
};

}  // namespace poise::l7::persistence
