#pragma once
#include "l7/report/line_writer.hpp"
#include "l7/report/log_facts.hpp"

namespace poise::l7::report {

// Lines as HAProxy writes them for "option httplog" and "option tcplog"; without the header of syslog, and without the
// end of the line.
void format_httplog(const LogFacts& facts, LineWriter& to);
void format_tcplog(const LogFacts& facts, LineWriter& to);

}  // namespace poise::l7::report
