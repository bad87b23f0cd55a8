#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "l7/http1/request.hpp"
#include "l7/http1/response.hpp"

namespace poise::l7::http1 {

// HeadWriter - a head as it goes on: written anew, whatever came, in the one form that nobody reads otherwise. Names
// are in lower case. What finds no room is not written, and is_whole() says so.
class HeadWriter {
 public:
  explicit HeadWriter(std::span<char> to) : to_(to) {}
  void request_line(std::string_view method, std::string_view target);
  void status_line(std::uint16_t status, std::string_view reason);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  void end() { put("\r\n"); }
  // A field whose value is put together.
  void begin_field(std::string_view name);
  void add(std::string_view text) { put(text); }
  void end_field() { put("\r\n"); }

  bool is_whole() const { return is_whole_; }
  std::string_view text() const { return {to_.data(), used_}; }

 private:
  void put(std::string_view text);
  void put_lower(std::string_view text);
  std::span<char> to_;
  std::size_t used_ = 0;
  bool is_whole_ = true;
};

// FieldRewriter - writes some fields of a head otherwise than they came.
class FieldRewriter {
 public:
  virtual ~FieldRewriter() = default;
  // True: it has written the field, or has left it out. False: it goes on as it came.
  virtual bool write(HeadWriter& writer, FieldId id, std::string_view value) const = 0;
};

// Whether a field is for the next hop alone (RFC 9110 7.6.1): those that are always, and those that Connection names;
// but it may not name what says how a message is framed and whose it is.
bool is_hop_by_hop(std::string_view head, const Fields& fields, const Field& field);

// The fields that go on, and those of the framing. Host is the first: of a request the authority, whatever form the
// target had.
void write_request_fields(HeadWriter& writer, std::string_view head, const RequestHead& request,
                          const FieldRewriter* rewriter = nullptr);
void write_response_fields(HeadWriter& writer, std::string_view head, const ResponseHead& response,
                           const FieldRewriter* rewriter = nullptr);
void write_framing(HeadWriter& writer, const Framing& framing);
// What stands in the request line towards an origin: the origin form (RFC 9112 3.2.1), "*", or an authority. Written
// into `room` when the target does not have it as it is.
std::string_view origin_target(std::string_view head, const RequestHead& request, std::span<char> room);

}  // namespace poise::l7::http1
