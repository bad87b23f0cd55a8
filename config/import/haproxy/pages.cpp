#include <algorithm>
#include <array>

#include "config/import/haproxy/error_file.hpp"
#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// errorfile, http-error: pages of one's own. option forwarded, option originalto: headers that tell servers more.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

void set_page(Proxy& proxy, const Line& line, json page) {
  Part part = proxy.has_front() ? proxy.front(line) : proxy.back(line);
  json& pages = part.object["error_pages"];
  if (pages.is_array())
    for (std::size_t i = pages.size(); i-- > 0;)
      if (pages[i]["status"] == page["status"]) pages.erase(i);
  if (pages.is_null()) part.object.erase("error_pages");
  proxy.mapping.taken(line, part.shown_of("error_pages") + ", status " + text_of(page["status"]));
  part.add(line, "error_pages", std::move(page));
}

void take_file(Proxy& proxy, const Line& line) {
  const auto status = proxy.mapping.value(line, read_number(line.word(1), 200, 599));
  if (!status) return;
  if (*status < 400) return proxy.mapping.ignored(line, "nothing is answered with that status");
  if (line.word(2) == "/dev/null") return proxy.mapping.changed(line, "such clients get the usual answer, not silence");
  auto page = read_error_file(proxy.mapping, line.word(2));
  if (!page)
    return proxy.mapping.leave_out(line, "\"" + line.word(2) + "\" could not be read as a response",
                                   "see that it is here, with a head");
  (*page)["status"] = *status;
  set_page(proxy, line, std::move(*page));
}

// http-error status N [content-type T] [string TEXT | file FILE | errorfile FILE]
void take_error(Proxy& proxy, const Line& line) {
  json page = json::object();
  for (std::size_t i = 1; i + 1 < line.words.size(); i += 2) {
    const std::string &word = line.words[i], &value = line.words[i + 1];
    if (word == "status") {
      const auto status = proxy.mapping.value(line, read_number(value, 200, 599));
      if (!status) return;
      page["status"] = *status;
    } else if (word == "content-type") {
      page["content_type"] = value;
    } else if (word == "string" || (word == "lf-string" && value.find('%') == std::string::npos)) {
      page["body"] = on_one_line(value);
    } else if (word == "file") {
      page["file"] = value;
    } else if (const auto read = word == "errorfile" ? read_error_file(proxy.mapping, value) : std::nullopt) {
      page.update(*read);
    } else {
      return proxy.mapping.leave_out(line, "\"" + word + " " + value + "\" is not here", "use string or file");
    }
  }
  if (!page.contains("status") || (!page.contains("body") && !page.contains("file")))
    return proxy.mapping.leave_out(line, "a page has a status and a content", "write status N file FILE");
  if (page["status"] < 400) return proxy.mapping.ignored(line, "nothing is answered with that status");
  set_page(proxy, line, std::move(page));
}

Part side_of(Proxy& proxy, const Line& line) { return proxy.has_front() ? proxy.front(line) : proxy.back(line); }

void take_original(Proxy& proxy, const Line& line) {
  Part part = side_of(proxy, line);
  if (line.is_negated || line.is_reset) {
    part.object.erase("original_to");
    return proxy.mapping.taken(line, "no original_to");
  }
  json original = json::object();
  for (std::size_t i = 2; i < line.words.size(); i += 2) {
    const std::string &word = line.words[i], &value = line.word(i + 1);
    if ((word != "header" && word != "except") || value.empty())
      return proxy.mapping.refuse(line, "\"" + word + "\" is not expected here", "use except NETWORK and header NAME");
    original[word] = value;
  }
  part.take(line, "original_to", std::move(original));
}

// proto, host, by, by_port, for, for_port; those with -expr are not here.
void take_forwarded(Proxy& proxy, const Line& line) {
  Part part = side_of(proxy, line);
  if (line.is_negated || line.is_reset) {
    part.object.erase("forwarded");
    return proxy.mapping.taken(line, "no forwarded");
  }
  constexpr std::array<std::string_view, 6> known = {"proto", "host", "by", "by_port", "for", "for_port"};
  json forwarded = json::object();
  for (std::size_t i = 2; i < line.words.size(); ++i) {
    if (std::find(known.begin(), known.end(), line.words[i]) == known.end())
      return proxy.mapping.leave_out(line, "\"" + line.words[i] + "\" is not here",
                                     "use proto, host, by, by_port, for and for_port");
    forwarded[line.words[i]] = true;
  }
  if (!forwarded.empty())
    for (const char* field : {"proto", "for"})
      if (!forwarded.contains(field)) forwarded[field] = false;
  part.take(line, "forwarded", std::move(forwarded));
}

constexpr std::array keywords = {
    Keyword{"errorfile", in_defaults | in_both, 2, 2, take_file},
    Keyword{"http-error", in_defaults | in_both, 2, any_words, take_error},
    Keyword{"option originalto", in_defaults | in_both, 0, any_words, take_original, true},
    Keyword{"option forwarded", in_defaults | in_both, 0, any_words, take_forwarded, true},
};

}  // namespace

std::span<const Keyword> pages_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
