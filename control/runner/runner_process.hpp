#pragma once

namespace poise::control {

// RunnerProcess - the process in which jobs are done: forked from poised before it maps packet memory and starts
// threads, so that its own children are cheap to start and nothing they do can hold up a packet or an advertisement.
// It takes jobs from a socket (SOCK_SEQPACKET, one message a job), starts a child for each, and answers when the child
// has ended or was ended at its timeout. When poised is gone it waits for the children that run, and ends.
// Returns when all is over; the exit code of the process.
int run_jobs(int socket);

}  // namespace poise::control
