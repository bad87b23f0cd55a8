#pragma once
#include <sys/types.h>

#include "config/types/result.hpp"
#include "control/runner/job.hpp"

namespace poise::control {

// Starts the job's child process, in a process group of its own: standard input and output are /dev/null, the
// environment is PATH alone, no descriptor is open but `report`, to which the child writes what it found (read: the
// file's beginning; otherwise why it failed). Called by the runner only, which has one thread.
// A program that would run as root must belong to root and be written by nobody else, and so must its folders.
Result<pid_t> start_child(const Job& job, int report);

}  // namespace poise::control
