// Any head, and rules made of any bytes, on it. Asked is that what is written has no line that ends otherwise than in
// CR LF, is read again as a request, and is what the same rules make of plain lists of names and values. Input: how
// many rules, each with its kind and two texts, and the head.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "l7/http1/authority.hpp"
#include "l7/rules/condition.hpp"
#include "l7/rules/rewrite.hpp"

namespace {

using namespace poise;
using namespace poise::l7;
using namespace poise::l7::rules;

constexpr const char* names[] = {"x-a", "cookie", "host", "user-agent", "x-b", "accept"};
constexpr const char* texts[] = {"%[path]",
                                 "%[url]",
                                 "%[query]",
                                 "%[req.hdr(x-a)]",
                                 "%[req.fhdr(cookie)]",
                                 "%[host]",
                                 "%[req.cook(a)]",
                                 "%[url_param(a)]",
                                 "/",
                                 "%[src]",
                                 "a:1",
                                 "%[method]"};

// Input - the fuzzer's bytes from the front; behind their end there are zeros.
struct Input {
  std::string_view left;
  std::uint8_t byte() {
    if (left.empty()) return 0;
    const auto value = std::uint8_t(left[0]);
    left.remove_prefix(1);
    return value;
  }
  unsigned number(std::size_t below) { return unsigned(byte() % below); }
};

// Model - a request as lists of texts, on which rules are easy.
struct Model {
  struct Line {
    std::string name, value;
    int came = -1;  // its number among those that came
  };
  std::string method, path, query, authority;
  bool has_query = false, came_with_query = false;
  std::vector<Line> lines;

  Model(std::string_view head, const EditedRequest& request)
      : method(request.method()),
        path(request.path()),
        query(request.query()),
        authority(request.authority()),
        has_query(request.has_query()),
        came_with_query(has_query) {
    for (std::size_t i = 0; i < request.request->fields.size(); ++i) {
      const http1::Field& field = request.request->fields[i];
      std::string name(text_of(head, field.name));
      std::transform(name.begin(), name.end(), name.begin(), http1::lower);
      lines.push_back({name, std::string(text_of(head, field.value)), int(i)});
    }
  }

  std::string written(std::string_view head, const http1::RequestHead& request, std::string_view target) const {
    std::string text = method + " " + std::string(target) + " HTTP/1.1\r\nhost: " + authority + "\r\n";
    for (const Line& line : lines) {
      if (line.name == "host" || line.name == "content-length") continue;
      if (line.came >= 0 && is_hop_by_hop(head, request.fields, request.fields[std::size_t(line.came)])) continue;
      text += line.name + ": " + line.value + "\r\n";
    }
    if (request.framing.kind == http1::Framing::Kind::chunked) text += "transfer-encoding: chunked\r\n";
    if (request.framing.kind == http1::Framing::Kind::length)
      text += "content-length: " + std::to_string(request.framing.length) + "\r\n";
    return text + "\r\n";
  }
};

void set_host(Model& model, const std::string& value) {
  model.authority = value;
  for (Model::Line& line : model.lines)
    if (line.name == "host") line.value = value;
}

struct Judged {
  std::string_view head;
  http1::RequestHead request;
  HeadEdits edits;
  EditedRequest edited;
  ProxyHeader::Ends ends;
  std::array<char, http1::target_max + 1> room;
  Subject subject;
  std::string value;
};

std::string filled(const std::string& text, const Judged& judged) {
  std::string to;
  TextTemplate(text).append_to(to, judged.subject);
  return to;
}

// One rule on both. `refused`: the request would end here; `unknown`: the model does not know how.
enum class Applied { done, refused, unknown };
Applied apply(unsigned kind, const std::string& name, const std::string& text, Judged& judged, Model& model) {
  const std::string full = filled(text, judged);
  const std::string value(http1::trimmed(full));
  const auto rewrite = [&](const Action& action) {
    return rewrite_request(action, judged.subject, judged.edits, judged.value);
  };
  const bool has_path =
      judged.request.form == http1::TargetForm::origin || judged.request.form == http1::TargetForm::absolute;
  switch (kind) {
    case 0:
      if (name == "host") return Applied::done;  // which validate() refuses
      if (!rewrite(AddHeader{name, TextTemplate(text)})) return Applied::refused;
      model.lines.push_back({name, value});
      return Applied::done;
    case 1:
      if (!rewrite(SetHeader{name, TextTemplate(text)})) return Applied::refused;
      if (name == "host") {
        set_host(model, value);
        return Applied::done;
      }
      std::erase_if(model.lines, [&](const Model::Line& line) { return line.name == name; });
      model.lines.push_back({name, value});
      return Applied::done;
    case 2: {
      RemoveHeaders action;
      action.names.add(TextMatcher::Kind::prefix, name.substr(0, 3));
      ensure(rewrite(std::move(action)));
      std::erase_if(model.lines, [&](const Model::Line& line) {
        return line.name.starts_with(name.substr(0, 3)) && line.name != "host" &&
               !is_protected(http1::field_id(line.name));
      });
      return Applied::done;
    }
    case 3:
      if (!rewrite(ReplaceHeader{name, Replacement("a(.)", "\\1" + std::string(text))})) return Applied::refused;
      return Applied::unknown;
    case 4:
      if (!rewrite(SetPath{TextTemplate(text)})) return Applied::refused;
      if (has_path) model.path = full;
      return Applied::done;
    case 5:
      if (!rewrite(SetQuery{TextTemplate(text)})) return Applied::refused;
      if (has_path) model.query = full;
      if (has_path) model.has_query = model.came_with_query || !full.empty();
      return Applied::done;
    default:
      if (!rewrite(SetMethod{"PATCH"})) return Applied::refused;
      model.method = "PATCH";
      return Applied::done;
  }
}

void look_at_lines(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    ensure(text[at] != '\0');
    if (text[at] == '\r') ensure(at + 1 < text.size() && text[at + 1] == '\n');
    if (text[at] == '\n') ensure(at > 0 && text[at - 1] == '\r');
  }
}

void look_at(Judged& judged, const Model& model, bool is_modelled) {
  std::vector<char> room(4 * http1::head_max);
  http1::HeadWriter writer(room);
  const std::string target(judged.edited.target(judged.room));
  ensure(!target.empty() && target.size() <= http1::target_max + 1);
  writer.request_line(judged.edited.method(), target);
  write_fields(writer, judged.edited);
  writer.end();
  ensure(writer.is_whole());
  look_at_lines(writer.text());
  if (is_modelled) {
    ensure(writer.text() == model.written(judged.head, judged.request, target));
    const bool has_path = judged.request.form != http1::TargetForm::asterisk &&
                          judged.request.form != http1::TargetForm::authority && target != "*";
    if (has_path) ensure(target == model.path + (model.has_query ? "?" + model.query : ""));
  }
  http1::RequestHead again;
  std::size_t scanned = 0;
  ensure(http1::end_of_head(writer.text(), scanned) == writer.text().size());
  const auto parsed = parse_request(writer.text(), again);
  const bool is_too_much = writer.text().size() > http1::head_max || target.size() > http1::target_max ||
                           (!parsed && parsed.error() == http1::Refusal::too_many_fields);
  ensure(parsed.has_value() || is_too_much);
  if (parsed) ensure(again.framing == judged.request.framing);
}

void look_at_conditions(Input& input, const Judged& judged, const std::string& text) {
  TextMatcher matcher(input.number(2) == 0);
  matcher.add(TextMatcher::Kind(input.number(4)), text);
  Match match;
  match.all.push_back(TextCondition{TextCondition::Of(input.number(9)), "x-a", {}, std::move(matcher)});
  static_cast<void>(holds(match, judged.subject));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{{reinterpret_cast<const char*>(data), size}};
  struct Wanted {
    unsigned kind;
    std::string name, text;
  };
  std::vector<Wanted> wanted;
  for (unsigned count = input.number(80); count > 0; --count) {
    Wanted each{input.number(7), names[input.number(std::size(names))], ""};
    for (unsigned pieces = input.number(4); pieces > 0; --pieces)
      each.text += input.number(3) == 0 ? std::string(1, char(input.byte())) : texts[input.number(std::size(texts))];
    wanted.push_back(std::move(each));
  }
  const std::string_view bytes = input.left;
  std::size_t scanned = 0;
  const auto end = http1::end_of_head(bytes, scanned);
  Judged judged;
  if (!end || !parse_request(bytes.substr(0, *end), judged.request)) return 0;
  judged.head = bytes.substr(0, *end);
  judged.edited = {{judged.head, &judged.request.fields, &judged.edits}, &judged.request};
  judged.subject.ends = &judged.ends;
  judged.subject.request = &judged.edited;
  judged.subject.room = judged.room;
  Model model(judged.head, judged.edited);
  bool is_modelled = true;
  for (const Wanted& each : wanted) {
    const Applied applied = apply(each.kind, each.name, each.text, judged, model);
    if (applied == Applied::refused) return 0;
    is_modelled = is_modelled && applied == Applied::done;
  }
  if (!wanted.empty()) look_at_conditions(input, judged, wanted[0].text);
  look_at(judged, model, is_modelled);
  return 0;
}
