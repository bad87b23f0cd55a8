// Any bytes as a request, as a response and as a chunked body. Asked is that what is taken is written anew and then
// read as the same, that nothing but CR LF ends a line of what is written, and that a body in pieces is the body in
// one. Input: a byte of the size of pieces, and the message.
#include <algorithm>
#include <array>
#include <string>

#include "config/types/result.hpp"
#include "l7/http1/chunk_decoder.hpp"
#include "l7/http1/write.hpp"

namespace {

using namespace poise;
using namespace poise::l7::http1;

struct Body {
  std::string data;
  std::size_t used = 0;
  bool is_done = false, is_refused = false;
};

Body decode(std::string_view bytes, std::size_t piece) {
  ChunkDecoder decoder;
  Body body;
  while (body.used < bytes.size() && !decoder.is_done()) {
    const std::string_view part = bytes.substr(body.used, piece);
    const auto step = decoder.feed(part);
    if (!step) {
      body.is_refused = true;
      return body;
    }
    const std::size_t data = std::min<std::uint64_t>(step->data, part.size() - step->framing);
    body.data += part.substr(step->framing, data);
    if (data > 0) decoder.took(data);
    body.used += step->framing + data;
    ensure(step->framing + data > 0);
  }
  body.is_done = decoder.is_done();
  return body;
}

void look_at_body(std::string_view bytes, std::size_t piece) {
  const Body whole = decode(bytes, bytes.size()), parts = decode(bytes, piece);
  ensure(whole.is_refused == parts.is_refused && whole.is_done == parts.is_done);
  ensure(whole.is_refused || (whole.data == parts.data && whole.used == parts.used));
}

// Lines end with CR LF, and nothing else of these is there.
void look_at_lines(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    ensure(text[at] != '\0');
    if (text[at] == '\r') ensure(at + 1 < text.size() && text[at + 1] == '\n');
    if (text[at] == '\n') ensure(at > 0 && text[at - 1] == '\r');
  }
}

void look_at_request(std::string_view head) {
  RequestHead request, again;
  if (!parse_request(head, request)) return;
  std::array<char, 3 * head_max> room;
  std::array<char, target_max + 1> target_room;
  HeadWriter writer(room);
  const std::string_view target = origin_target(head, request, target_room);
  writer.request_line(text_of(head, request.method_text), target);
  write_request_fields(writer, head, request);
  writer.end();
  ensure(writer.is_whole());
  look_at_lines(writer.text());
  if (writer.text().size() > head_max) return;
  ensure(parse_request(writer.text(), again).has_value());
  ensure(again.method == request.method && again.framing == request.framing);
  ensure(text_of(writer.text(), again.authority) == text_of(head, request.authority));
  ensure(text_of(writer.text(), again.target) == target && again.form != TargetForm::absolute);
}

void look_at_response(std::string_view head) {
  for (const Method method : {Method::get, Method::head}) {
    ResponseHead response, again;
    if (!parse_response(head, method, response)) continue;
    std::array<char, 3 * head_max> room;
    HeadWriter writer(room);
    writer.status_line(response.status, text_of(head, response.reason));
    write_response_fields(writer, head, response);
    writer.end();
    ensure(writer.is_whole());
    look_at_lines(writer.text());
    if (writer.text().size() > head_max) continue;
    ensure(parse_response(writer.text(), method, again).has_value());
    ensure(again.status == response.status && again.framing == response.framing);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  look_at_body(bytes, 1u + data[0]);
  std::size_t scanned = 0, scanned_in_parts = 0;
  const auto end = end_of_head(bytes, scanned);
  for (std::size_t length = 0; length < bytes.size() && bytes.size() < 200; ++length) {
    const auto early = end_of_head(bytes.substr(0, length), scanned_in_parts);
    ensure(!early || early == end);
  }
  if (!end) return 0;
  look_at_request(bytes.substr(0, *end));
  look_at_response(bytes.substr(0, *end));
  return 0;
}
