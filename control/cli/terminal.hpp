#pragma once
#include <chrono>
#include <string>

// The process's surroundings: terminal, signals, clock, editor. The only place of the CLI that touches them.
namespace poise::control::cli {

struct TerminalSize {
  std::size_t columns = 0, lines = 0;  // 0: not a terminal
};
TerminalSize terminal_size(int file);

// Interrupt - Ctrl-C as something to wait for. The second Ctrl-C ends the process as always. One instance a process.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  int descriptor() const { return ends_[0]; }          // readable once Ctrl-C was typed
  bool wait(std::chrono::milliseconds longest) const;  // true: Ctrl-C was typed before or meanwhile

 private:
  int ends_[2] = {-1, -1};
};

std::chrono::nanoseconds monotonic_now();
bool run_editor(const std::string& file);  // $VISUAL, $EDITOR or vi

}  // namespace poise::control::cli
