#include "l7/session/stick_key.hpp"

#include "l7/persistence/cookie_reader.hpp"
#include "l7/session/key.hpp"

namespace poise::l7 {
namespace {

using http1::FieldId;
using stick::Source;

using rules::EditedFields;

// The last element of the last field, as HAProxy's hdr().
std::string_view last_element(const EditedFields& fields, std::string_view name) {
  std::string_view found;
  fields.for_each_of(name, [&](const EditedFields::Each& field) {
    found = field.value;
    return true;
  });
  const std::size_t comma = found.rfind(',');
  return http1::trimmed(comma == std::string_view::npos ? found : found.substr(comma + 1));
}

// The last cookie of the name.
std::string_view last_cookie(const EditedFields& fields, FieldId id, std::string_view name) {
  std::string_view found;
  const auto look = [&](const persistence::Cookie& cookie) {
    if (cookie.has_value && cookie.name == name) found = cookie.value;
  };
  fields.for_each([&](const EditedFields::Each& field) {
    if (field.id != id) return true;
    if (id == FieldId::set_cookie) {
      look(persistence::read_set_cookie(field.value));
    } else {
      persistence::Cookie cookie;
      for (persistence::CookieReader reader(field.value); reader.next(cookie);) look(cookie);
    }
    return true;
  });
  return found;
}

std::string_view request_text(ProxyCore& core, const rules::EditedRequest& request, const Source& source) {
  switch (source.kind) {
    case Source::Kind::header:
      return last_element(request.fields, source.name);
    case Source::Kind::cookie:
      return last_cookie(request.fields, FieldId::cookie, source.name);
    case Source::Kind::url_param:
      return query_parameter(request.query(), source.name).value_or("");
    case Source::Kind::path:
      return request.path();
    case Source::Kind::url:
      return request.url(core.rule_room);
    case Source::Kind::src:
    case Source::Kind::sni:
      break;
  }
  return {};
}

}  // namespace

bool request_key(ProxyCore& core, const Session& session, const Source& source, const stick::Shape& shape,
                 stick::Key& into) {
  if (source.kind == Source::Kind::src) return make_key(shape.type, shape.length, session.ends.source, into);
  if (source.kind == Source::Kind::sni) return make_key(shape.type, shape.length, session.sni, into);
  if (session.frontend->mode != Mode::http) return false;
  const rules::EditedRequest request = edited_request(core, session, kept_head(core, session));
  return make_key(shape.type, shape.length, request_text(core, request, source), into);
}

bool response_key(const rules::EditedResponse& response, const Source& source, const stick::Shape& shape,
                  stick::Key& into) {
  const bool is_cookie = source.kind == Source::Kind::cookie;
  if (!is_cookie && source.kind != Source::Kind::header) return false;
  const std::string_view text = is_cookie ? last_cookie(response.fields, FieldId::set_cookie, source.name)
                                          : last_element(response.fields, source.name);
  return make_key(shape.type, shape.length, text, into);
}

}  // namespace poise::l7
