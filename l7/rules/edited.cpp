#include "l7/rules/edited.hpp"

#include "l7/http1/authority.hpp"

namespace poise::l7::rules {
namespace {

using http1::FieldId;
using http1::TargetForm;

std::string_view joined(std::string_view path, std::string_view query, std::span<char> room) {
  if (path.size() + 1 + query.size() > room.size()) return {};
  auto end = std::copy(path.begin(), path.end(), room.begin());
  *end++ = '?';
  end = std::copy(query.begin(), query.end(), end);
  return {room.data(), path.size() + 1 + query.size()};
}

// What this hop's Connection names does not go on; what rules add does.
struct Writing {
  bool keeps_length = false;
  const http1::FieldRewriter* rewriter = nullptr;
};
void write_others(http1::HeadWriter& writer, const EditedFields& edited, const Writing& how) {
  edited.for_each([&](const EditedFields::Each& field) {
    const bool is_written_apart =
        field.id == FieldId::host || (field.id == FieldId::content_length && !how.keeps_length);
    if (is_written_apart) return true;
    if (!field.is_added && is_hop_by_hop(edited.head, *edited.fields, (*edited.fields)[field.index])) return true;
    if (how.rewriter == nullptr || !how.rewriter->write(writer, field.id, field.value))
      writer.field(field.name, field.value);
    return true;
  });
}

}  // namespace

bool is_protected(FieldId id) {
  switch (id) {
    case FieldId::content_length:
    case FieldId::transfer_encoding:
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::trailer:
    case FieldId::upgrade:
      return true;
    default:
      return false;
  }
}

std::string_view EditedRequest::method() const {
  const auto edited = fields.edits != nullptr ? fields.edits->method() : std::nullopt;
  return edited.value_or(text_of(fields.head, request->method_text));
}

std::string_view EditedRequest::path() const {
  if (fields.edits != nullptr)
    if (const auto edited = fields.edits->path()) return *edited;
  const bool is_bare = request->form == TargetForm::absolute && request->path.length == 0;
  return is_bare ? "/" : text_of(fields.head, request->path);
}

std::string_view EditedRequest::query() const {
  const auto edited = fields.edits != nullptr ? fields.edits->query() : std::nullopt;
  return edited.value_or(text_of(fields.head, request->query));
}

bool EditedRequest::has_query() const {
  const auto edited = fields.edits != nullptr ? fields.edits->query() : std::nullopt;
  const bool came = request->query.offset > request->path.offset + request->path.length;
  return came || (edited && !edited->empty());
}

std::string_view EditedRequest::authority() const {
  const auto edited = fields.edits != nullptr ? fields.edits->authority() : std::nullopt;
  return edited.value_or(text_of(fields.head, request->authority));
}

std::string_view EditedRequest::host() const {
  const auto parsed = http1::parse_authority(authority());
  return parsed ? parsed->host : std::string_view{};
}

std::string_view EditedRequest::url(std::span<char> room) const {
  return has_query() ? joined(path(), query(), room) : path();
}

std::string_view EditedRequest::target(std::span<char> room) const {
  const bool is_edited = fields.edits != nullptr && (fields.edits->path() || fields.edits->query());
  return is_edited ? url(room) : origin_target(fields.head, *request, room);
}

std::uint16_t EditedResponse::status() const {
  const std::uint16_t edited = fields.edits != nullptr ? fields.edits->status() : std::uint16_t(0);
  return edited != 0 ? edited : response->status;
}

void write_fields(http1::HeadWriter& writer, const EditedRequest& request, const http1::FieldRewriter* rewriter) {
  writer.field("host", request.authority());
  write_others(writer, request.fields, {false, rewriter});
  write_framing(writer, request.request->framing);
}

void write_fields(http1::HeadWriter& writer, const EditedResponse& response, const http1::FieldRewriter* rewriter) {
  const http1::Framing& framing = response.response->framing;
  const bool may_have_length = response.status() >= 200 && response.status() != 204;  // as write_response_fields
  write_others(writer, response.fields, {may_have_length && framing.kind == http1::Framing::Kind::none, rewriter});
  write_framing(writer, framing);
}

}  // namespace poise::l7::rules
