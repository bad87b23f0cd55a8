#pragma once
#include <algorithm>
#include <span>
#include <string_view>

#include "l7/http1/characters.hpp"
#include "l7/http1/request.hpp"
#include "l7/http1/response.hpp"
#include "l7/http1/write.hpp"
#include "l7/rules/edits.hpp"

// Heads as rules have left them: what came, read through HeadEdits. Views; `edits` may be null.
namespace poise::l7::rules {

struct EditedFields {
  std::string_view head;
  const http1::Fields* fields = nullptr;
  const HeadEdits* edits = nullptr;

  struct Each {
    std::string_view name, value;
    http1::FieldId id = http1::FieldId::other;
    std::size_t index = 0;  // among those that came, or among those that were added
    bool is_added = false;
  };
  // In the order in which they go on. `each` takes an Each, and returns false to stop; so does this then.
  template <class Function>
  bool for_each(Function&& each) const {
    for (std::size_t i = 0; i < fields->size(); ++i) {
      if (edits != nullptr && edits->is_removed(i)) continue;
      const http1::Field& field = (*fields)[i];
      const auto replaced = edits != nullptr ? edits->replaced(i) : std::nullopt;
      if (!each(Each{text_of(head, field.name), replaced.value_or(text_of(head, field.value)), field.id, i, false}))
        return false;
    }
    const std::size_t added = edits != nullptr ? edits->added_count() : 0;
    for (std::size_t i = 0; i < added; ++i) {
      const HeadEdits::Added& field = edits->added(i);
      if (field.is_gone) continue;
      if (!each(Each{edits->text_of(field.name), edits->text_of(field.value), field.id, i, true})) return false;
    }
    return true;
  }
  // Those of this name, which is in lower case.
  template <class Function>
  bool for_each_of(std::string_view name, Function&& each) const {
    return for_each([&](const Each& field) { return !http1::equals_ignoring_case(field.name, name) || each(field); });
  }
};

struct EditedRequest {
  EditedFields fields;
  const http1::RequestHead* request = nullptr;

  std::string_view method() const;
  std::string_view path() const;
  std::string_view query() const;
  bool has_query() const;              // a question mark, be it that nothing follows
  std::string_view authority() const;  // the host and port
  std::string_view host() const;       // without the port
  // Path and query. Put together in `room`, of http1::target_max + 1 bytes, where they don't lie together.
  std::string_view url(std::span<char> room) const;
  // What stands in the request line towards an origin.
  std::string_view target(std::span<char> room) const;
  bool is_edited() const { return fields.edits != nullptr && !fields.edits->is_empty(); }
};

struct EditedResponse {
  EditedFields fields;
  const http1::ResponseHead* response = nullptr;
  std::uint16_t status() const;
};

// As http1::write_request_fields and write_response_fields. A response may have other framing towards the client.
void write_fields(http1::HeadWriter& writer, const EditedRequest& request,
                  const http1::FieldRewriter* rewriter = nullptr);
void write_fields(http1::HeadWriter& writer, const EditedResponse& response,
                  const http1::FieldRewriter* rewriter = nullptr);

// Fields that say how a message is framed, and what is for one hop alone: no rule changes them.
bool is_protected(http1::FieldId id);

}  // namespace poise::l7::rules
