#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace poise::l7::http1 {

// Refusal - why a message is not taken. Whatever could be read in two ways is refused: RFC 9112 11.2 (request
// smuggling).
enum class Refusal : std::uint8_t {
  bare_line_feed,
  bare_carriage_return,
  method,
  target,
  target_too_long,
  version,
  version_unsupported,
  status_code,
  field_name,
  field_value,
  folded_field,
  too_many_fields,
  head_too_large,
  host_missing,
  host_repeated,
  host_malformed,
  host_differs,
  content_length_malformed,
  content_length_repeated,
  length_and_coding,
  coding_in_1_0,
  coding_unknown,
  coding_not_chunked_once,
  chunk_size,
  chunk_extension,
  chunk_end,
  trailer_forbidden,
  count_
};

struct RefusalInfo {
  Refusal refusal;
  std::uint16_t status;  // of the answer to a request; a response that is refused becomes 502
  std::string_view name, meaning;
};
inline constexpr std::array<RefusalInfo, std::size_t(Refusal::count_)> refusals = {{
    {Refusal::bare_line_feed, 400, "bare_line_feed", "a line ends without a carriage return"},
    {Refusal::bare_carriage_return, 400, "bare_carriage_return", "a carriage return that ends no line"},
    {Refusal::method, 400, "method", "the method is no token"},
    {Refusal::target, 400, "target", "the target is none of the four forms, or has a character that no URI has"},
    {Refusal::target_too_long, 414, "target_too_long", "the target is longer than the limit"},
    {Refusal::version, 400, "version", "the line does not end with HTTP/ and two digits"},
    {Refusal::version_unsupported, 505, "version_unsupported", "not HTTP/1.x"},
    {Refusal::status_code, 502, "status_code", "not three digits from 100 to 599 after the version"},
    {Refusal::field_name, 400, "field_name", "the name of a field is no token followed by a colon"},
    {Refusal::field_value, 400, "field_value", "the value of a field has a control character"},
    {Refusal::folded_field, 400, "folded_field", "a field goes on in the next line"},
    {Refusal::too_many_fields, 431, "too_many_fields", "more fields than the limit"},
    {Refusal::head_too_large, 431, "head_too_large", "the head is longer than the limit"},
    {Refusal::host_missing, 400, "host_missing", "HTTP/1.1 without Host"},
    {Refusal::host_repeated, 400, "host_repeated", "more than one Host"},
    {Refusal::host_malformed, 400, "host_malformed", "Host, or the authority of the target, is no host and port"},
    {Refusal::host_differs, 400, "host_differs", "Host and the authority of the target are not the same"},
    {Refusal::content_length_malformed, 400, "content_length_malformed", "Content-Length is no decimal number"},
    {Refusal::content_length_repeated, 400, "content_length_repeated", "more than one Content-Length, or a list"},
    {Refusal::length_and_coding, 400, "length_and_coding", "both Content-Length and Transfer-Encoding"},
    {Refusal::coding_in_1_0, 400, "coding_in_1_0", "Transfer-Encoding in HTTP/1.0"},
    {Refusal::coding_unknown, 501, "coding_unknown", "a transfer coding other than chunked"},
    {Refusal::coding_not_chunked_once, 400, "coding_not_chunked_once",
     "chunked is not the last coding, or there twice"},
    {Refusal::chunk_size, 400, "chunk_size", "the size of a chunk is no hexadecimal number of at most 16 digits"},
    {Refusal::chunk_extension, 400, "chunk_extension", "an extension of a chunk is malformed or too long"},
    {Refusal::chunk_end, 400, "chunk_end", "the data of a chunk is not followed by the end of a line"},
    {Refusal::trailer_forbidden, 400, "trailer_forbidden",
     "a trailer field that says how the message is framed or routed"},
}};
constexpr const RefusalInfo& info_of(Refusal refusal) { return refusals[std::size_t(refusal)]; }

}  // namespace poise::l7::http1
