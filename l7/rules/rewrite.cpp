#include "l7/rules/rewrite.hpp"

#include "l7/http1/authority.hpp"

namespace poise::l7::rules {
namespace {

using http1::FieldId;
using Each = EditedFields::Each;

bool is_value(std::string_view text) { return all(http1::value_character, text); }

bool is_target_part(std::string_view text, bool is_query) {
  for (const char character : text)
    if (!is(http1::target_character, character) || (character == '?' && !is_query)) return false;
  return text.size() <= http1::target_max;
}

// Rewriter - one action on one head.
class Rewriter {
 public:
  Rewriter(const EditedFields& fields, const Subject& subject, HeadEdits& edits, std::string& value)
      : fields_(fields), subject_(subject), edits_(edits), value_(value) {}

  bool operator()(const AddHeader& action) {
    fill(action.value);
    return is_value(value_) && edits_.add(action.name, http1::trimmed(value_));
  }

  bool operator()(const SetHeader& action) {
    fill(action.value);
    const std::string_view value = http1::trimmed(value_);
    if (!is_value(value)) return false;
    if (subject_.response == nullptr && action.name == "host") return set_host(value);
    if (!edits_.add(action.name, value)) return false;
    const std::size_t added = edits_.added_count() - 1;
    fields_.for_each_of(action.name, [&](const Each& field) {
      if (!field.is_added || field.index != added) remove(field);
      return true;
    });
    return true;
  }

  bool operator()(const RemoveHeaders& action) {
    fields_.for_each([&](const Each& field) {
      if (field.id == FieldId::host || is_protected(field.id)) return true;
      if (action.names.matches(field.name)) remove(field);
      return true;
    });
    return true;
  }

  bool operator()(const ReplaceHeader& action) {
    return fields_.for_each_of(action.name, [&](const Each& field) {
      value_.clear();
      if (!action.value.append_to(value_, field.value, subject_)) return true;
      const std::string_view value = http1::trimmed(value_);
      if (!is_value(value)) return false;
      if (subject_.response == nullptr && field.id == FieldId::host) return set_host(value);
      return field.is_added ? edits_.replace_added(field.index, value) : edits_.replace(field.index, value);
    });
  }

  bool operator()(const SetPath& action) {
    if (!has_path()) return true;
    fill(action.path);
    return take_path();
  }

  bool operator()(const ReplacePath& action) {
    if (!has_path()) return true;
    value_.clear();
    return !action.path.append_to(value_, subject_.request->path(), subject_) || take_path();
  }

  bool operator()(const SetQuery& action) {
    if (!has_path()) return true;
    fill(action.query);
    const std::size_t path = subject_.request->path().size();
    return is_target_part(value_, true) && path + 1 + value_.size() <= http1::target_max && edits_.set_query(value_);
  }

  // The answer to HEAD and CONNECT has no body, whatever it says: who asked must know.
  bool operator()(const SetMethod& action) {
    const http1::Method method = subject_.request->request->method;
    return method != http1::Method::head && method != http1::Method::connect && edits_.set_method(action.method);
  }

  // One that has no body by its status stays as it is: nobody would know where another one's ends.
  bool operator()(const SetStatus& action) {
    const std::uint16_t came = subject_.response->response->status;
    return came < 200 || came == 204 || came == 304 || edits_.set_status(action.status, action.reason);
  }

  template <class Other>
  bool operator()(const Other&) {
    return true;
  }

 private:
  void fill(const TextTemplate& text) {
    value_.clear();
    text.append_to(value_, subject_);
  }
  void remove(const Each& field) { field.is_added ? edits_.remove_added(field.index) : edits_.remove(field.index); }

  // Also the line that conditions look at.
  bool set_host(std::string_view value) {
    const auto authority = http1::parse_authority(value);
    if (!authority || !edits_.set_authority(value)) return false;
    const http1::Fields& came = *fields_.fields;
    for (std::size_t i = 0; i < came.size(); ++i)
      if (came[i].id == FieldId::host && !edits_.replace(i, value)) return false;
    return true;
  }

  bool has_path() const {
    const http1::TargetForm form = subject_.request->request->form;
    return form == http1::TargetForm::origin || form == http1::TargetForm::absolute;
  }

  bool take_path() {
    const std::size_t query = subject_.request->has_query() ? 1 + subject_.request->query().size() : 0;
    return value_.starts_with('/') && is_target_part(value_, false) && value_.size() + query <= http1::target_max &&
           edits_.set_path(value_);
  }

  const EditedFields& fields_;
  const Subject& subject_;
  HeadEdits& edits_;
  std::string& value_;
};

}  // namespace

bool rewrite_request(const Action& action, const Subject& subject, HeadEdits& edits, std::string& value) {
  return std::visit(Rewriter(subject.request->fields, subject, edits, value), action);
}

bool rewrite_response(const Action& action, const Subject& subject, HeadEdits& edits, std::string& value) {
  return std::visit(Rewriter(subject.response->fields, subject, edits, value), action);
}

bool write_location(const Redirect& redirect, const Subject& subject, std::string& location) {
  const EditedRequest& request = *subject.request;
  location.clear();
  redirect.text.append_to(location, subject);
  if (redirect.kind == Redirect::Kind::scheme) location.append("://").append(request.authority());
  if (redirect.kind != Redirect::Kind::location) {
    if (redirect.kind == Redirect::Kind::prefix && location == "/") location.clear();
    location.append(request.path());
    if (redirect.appends_slash && !location.ends_with('/')) location += '/';
    if (!redirect.drops_query && request.has_query()) location.append("?").append(request.query());
  }
  return is_value(location) && location.size() <= 2 * http1::target_max;
}

}  // namespace poise::l7::rules
