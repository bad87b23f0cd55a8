#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "control/byte_stream.hpp"

namespace poise::control::api {

// One request and its answer, as the routes see them: no sockets here.
struct Request {
  std::string method, path;                       // decoded path, without the query
  std::map<std::string, std::string> query;
  std::string body, content_type, if_match;
  std::optional<config::Role> role;               // of the caller; none: not known who it is
  std::string author;                             // for revisions: "root (unix socket)", "token ci"
  std::vector<std::string> parts;                 // what the placeholders of the route matched
};

struct Response {
  int status = 200;
  std::string content_type = "application/json", body;
  std::map<std::string, std::string> headers;
  std::shared_ptr<ByteStream> stream;             // the body comes from here, chunked
};

}  // namespace poise::control::api
