#pragma once
#include <string_view>

#include "l7/http1/write.hpp"
#include "l7/persistence/cacheability.hpp"
#include "l7/persistence/server_cookie.hpp"

namespace poise::l7::persistence {

// ResponseFacts - what the cookie of a response depends on.
struct ResponseFacts {
  std::string_view server;  // the value of the server that answered; "": it has none
  bool is_direct = false;   // the client's cookie, or a stick table, led to it
  CookieDates dates;        // that the client's cookie had
  http1::Method method = http1::Method::get;
  std::uint16_t status = 200;
  std::int64_t now_s = 0;  // since 1970
};

// ResponseCookies - the Set-Cookie fields of a response as the client is to see them, and the one that is inserted. It
// sees all fields of the response, decides then, and writes at last.
class ResponseCookies final : public http1::FieldRewriter {
 public:
  ResponseCookies(const CookieRule& rule, const ResponseFacts& facts);
  void see(http1::FieldId id, std::string_view name, std::string_view value);
  void decide();

  bool write(http1::HeadWriter& writer, http1::FieldId id, std::string_view value) const override;
  // Behind the fields that came.
  void write_inserted(http1::HeadWriter& writer) const;
  // What was done, as the last letter of HAProxy's log: N, I, U, P, R or D.
  char done() const { return done_; }

 private:
  enum class Deed : std::uint8_t { keep, remove, rewrite, prefix };
  Deed deed() const;
  bool wants_insertion() const;

  const CookieRule& rule_;
  const ResponseFacts facts_;
  const Deed deed_;
  Cacheability cacheability_;
  bool has_servers_own_ = false, is_inserted_ = false, is_private_ = false;
  char done_ = 'N';
};

}  // namespace poise::l7::persistence
