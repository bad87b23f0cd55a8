#include "l7/http1/write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace poise::l7::http1 {
namespace {

constexpr std::size_t number_max = 20;

std::string_view to_text(std::uint64_t number, std::array<char, number_max>& room) {
  const auto done = std::to_chars(room.data(), room.data() + room.size(), number);
  return {room.data(), std::size_t(done.ptr - room.data())};
}

bool is_always_hop_by_hop(FieldId id) {
  return id == FieldId::connection || id == FieldId::keep_alive || id == FieldId::proxy_connection ||
         id == FieldId::te || id == FieldId::upgrade || id == FieldId::transfer_encoding;
}

struct Writing {
  bool keeps_length = false;
  const FieldRewriter* rewriter = nullptr;
};
void write_fields(HeadWriter& writer, std::string_view head, const Fields& fields, const Writing& how) {
  for (const Field& field : fields) {
    const bool is_written_apart =
        field.id == FieldId::host || (field.id == FieldId::content_length && !how.keeps_length);
    if (is_written_apart || is_hop_by_hop(head, fields, field)) continue;
    if (how.rewriter != nullptr && how.rewriter->write(writer, field.id, text_of(head, field.value))) continue;
    writer.field(text_of(head, field.name), text_of(head, field.value));
  }
}

}  // namespace

void HeadWriter::put(std::string_view text) {
  if (!is_whole_ || text.size() > to_.size() - used_) {
    is_whole_ = false;
    return;
  }
  std::copy(text.begin(), text.end(), to_.begin() + std::ptrdiff_t(used_));
  used_ += text.size();
}

void HeadWriter::put_lower(std::string_view text) {
  const std::size_t from = used_;
  put(text);
  for (std::size_t at = from; at < used_; ++at) to_[at] = lower(to_[at]);
}

void HeadWriter::request_line(std::string_view method, std::string_view target) {
  put(method);
  put(" ");
  put(target);
  put(" HTTP/1.1\r\n");
}

void HeadWriter::status_line(std::uint16_t status, std::string_view reason) {
  std::array<char, number_max> room;
  put("HTTP/1.1 ");
  put(to_text(status, room));
  put(" ");
  put(reason);
  put("\r\n");
}

void HeadWriter::begin_field(std::string_view name) {
  put_lower(name);
  put(": ");
}

void HeadWriter::field(std::string_view name, std::string_view value) {
  begin_field(name);
  put(value);
  end_field();
}

void HeadWriter::field(std::string_view name, std::uint64_t value) {
  std::array<char, number_max> room;
  field(name, to_text(value, room));
}

bool is_hop_by_hop(std::string_view head, const Fields& fields, const Field& field) {
  if (is_always_hop_by_hop(field.id)) return true;
  if (field.id != FieldId::other && field.id != FieldId::trailer) return false;
  const std::string_view name = text_of(head, field.name);
  for (const Field& connection : fields) {
    if (connection.id != FieldId::connection) continue;
    const auto differs = [&](std::string_view element) {
      return !std::ranges::equal(element, name, [](char a, char b) { return lower(a) == lower(b); });
    };
    if (!for_each_element(text_of(head, connection.value), differs)) return true;
  }
  return false;
}

void write_framing(HeadWriter& writer, const Framing& framing) {
  if (framing.kind == Framing::Kind::chunked) writer.field("transfer-encoding", "chunked");
  if (framing.kind == Framing::Kind::length) writer.field("content-length", framing.length);
}

void write_request_fields(HeadWriter& writer, std::string_view head, const RequestHead& request,
                          const FieldRewriter* rewriter) {
  writer.field("host", text_of(head, request.authority));  // empty where HTTP/1.0 had none (RFC 9110 7.2)
  write_fields(writer, head, request.fields, {false, rewriter});
  write_framing(writer, request.framing);
}

// The length of what a response to HEAD, or a 304, would have had goes on as it is; others without content have none
// (RFC 9110 8.6).
void write_response_fields(HeadWriter& writer, std::string_view head, const ResponseHead& response,
                           const FieldRewriter* rewriter) {
  const bool may_have_length = response.status >= 200 && response.status != 204;
  write_fields(writer, head, response.fields,
               {may_have_length && response.framing.kind == Framing::Kind::none, rewriter});
  write_framing(writer, response.framing);
}

std::string_view origin_target(std::string_view head, const RequestHead& request, std::span<char> room) {
  if (request.form != TargetForm::absolute) return text_of(head, request.target);
  const std::size_t at = request.path.offset;
  const std::string_view rest = head.substr(at, request.target.offset + request.target.length - at);
  if (rest.starts_with('/')) return rest;
  if (rest.empty()) return request.method == Method::options ? "*" : "/";
  if (rest.size() + 1 > room.size()) return {};
  room[0] = '/';
  std::copy(rest.begin(), rest.end(), room.begin() + 1);
  return {room.data(), rest.size() + 1};
}

}  // namespace poise::l7::http1
