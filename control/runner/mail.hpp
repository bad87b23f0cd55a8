#pragma once
#include <string>

#include "control/runner/job.hpp"

namespace poise::control {

// The message as it goes to the server (RFC 5322), lines ending in CR LF. `date`: RFC 5322 3.3; `id`: unique.
// Line breaks in what is meant to be one line become spaces: nobody adds headers.
std::string mail_text(const config::Mail& mail, const std::string& subject, const std::string& body,
                      const std::string& date, const std::string& id);

// Sends the job's mail; blocks until it is taken or has failed. "": the server has it; else why not.
std::string send_mail(const Job& job);

}  // namespace poise::control
