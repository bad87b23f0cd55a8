#include "tests/lab/tcp_host/speaker.hpp"

#include <algorithm>
#include <array>

#include "config/types/result.hpp"
#include "tests/lab/tcp_host/content.hpp"

namespace poise::l7 {

std::string Sha256::hex() {
  std::array<std::uint8_t, 32> digest{};
  EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
  std::string text;
  for (const std::uint8_t byte : digest)
    for (const int nibble : {byte >> 4, byte & 15}) text += "0123456789abcdef"[nibble];
  return text;
}

Speakers::Speakers(tcp::Stack& stack, tcp::Env& env, Make make) : stack_(stack), env_(env), make_(std::move(make)) {
  std::uint64_t offset = 0;
  for (std::uint32_t piece = 0; piece < block_pieces; ++piece) {
    tcp::Buffer* const buffer = env_.allocate();
    ensure(buffer != nullptr && buffer->size >= block_piece);
    for (std::uint32_t i = 0; i < block_piece; ++i) buffer->data[i] = content_at(offset++);
    block_.push_back(buffer);
  }
}

Speakers::~Speakers() {
  for (tcp::Buffer* buffer : block_)
    if (--buffer->references == 0) env_.free(*buffer);
}

Speaker* Speakers::find(tcp::Handle handle) {
  const auto found = speakers_.find(key_of(handle));
  return found == speakers_.end() ? nullptr : found->second.get();
}

void Speakers::add(tcp::Handle handle, std::unique_ptr<Speaker> speaker) {
  speakers_[key_of(handle)] = std::move(speaker);
}

void Speakers::opened(tcp::Handle handle) {
  if (find(handle) == nullptr) add(handle, make_(stack_.facts(handle).tuple.local_port));
  write(handle, *find(handle));
}

void Speakers::received(tcp::Handle handle, std::size_t) {
  Speaker* const speaker = find(handle);
  std::array<tcp::Slice, 64> slices;
  while (const std::size_t count = stack_.peek(handle, slices)) {
    std::size_t bytes = 0;
    for (const tcp::Slice& slice : std::span(slices).first(count)) {
      bytes += slice.length;
      if (speaker->read({slice.begin(), slice.length})) continue;
      stack_.abort(handle);
      return;
    }
    stack_.consume(handle, bytes);
  }
  write(handle, *speaker);
}

void Speakers::room(tcp::Handle handle, std::size_t) { write(handle, *find(handle)); }

void Speakers::peer_finished(tcp::Handle handle) {
  Speaker* const speaker = find(handle);
  speaker->peer_finished();
  write(handle, *speaker);
}

void Speakers::closed(tcp::Handle handle, tcp::Closed why) {
  const auto found = speakers_.find(key_of(handle));
  const std::unique_ptr<Speaker> speaker = std::move(found->second);
  speakers_.erase(found);
  speaker->closed(why);
}

void Speakers::write(tcp::Handle handle, Speaker& speaker) {
  const std::span said{reinterpret_cast<const std::uint8_t*>(speaker.to_say.data()), speaker.to_say.size()};
  if (!said.empty()) speaker.to_say.erase(0, stack_.send_copy(handle, said));
  if (!speaker.to_say.empty()) return;
  while (speaker.sent < speaker.to_send) {
    const auto at = std::uint32_t(speaker.sent % block_bytes);
    tcp::Buffer* const buffer = block_[at / block_piece];
    const std::uint32_t skip = at % block_piece;
    const auto length = std::uint32_t(std::min<std::uint64_t>(block_piece - skip, speaker.to_send - speaker.sent));
    ++buffer->references;
    if (!stack_.send(handle, {buffer, skip, length})) {
      --buffer->references;
      return;
    }
    speaker.sent += length;
  }
  if (speaker.resets)
    stack_.abort(handle);
  else if (speaker.finishes)
    stack_.finish(handle);
}

}  // namespace poise::l7
