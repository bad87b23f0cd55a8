#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "config/model.hpp"

namespace poise::control::log {

// Structured log lines of the control core: an event, a sentence, and fields. Text ("key=value") or JSON lines, to the
// console (stderr), journald (fields kept) or syslog. Written asynchronously; a full queue drops the oldest line and
// counts it. Never called by a worker, never given a secret. Thread: any of control's.
using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

void configure(const config::Logging& settings);
void debug(std::string_view event, std::string_view sentence, Fields fields = {});
void info(std::string_view event, std::string_view sentence, Fields fields = {});
void warning(std::string_view event, std::string_view sentence, Fields fields = {});
void error(std::string_view event, std::string_view sentence, Fields fields = {});
std::uint64_t lost();  // lines dropped so far
void flush();          // waits until everything is written, at most a second

}  // namespace poise::control::log
