#include "collect/forward_connection.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin {

void ForwardConnection::greet(std::string& out) {
  if (senders_ == nullptr) return;
  Result<ForwardChallenge> challenge = make_forward_challenge();
  refused_ = !challenge.has_value();
  if (refused_) return;
  challenge_ = std::move(*challenge);
  append_forward_helo(out, challenge_);
}

Result<std::size_t> ForwardConnection::take(std::string_view bytes, ReceivedVisitor& visitor) {
  const std::size_t most = is_known() ? kForwardMessageBytesMax : kForwardPingBytesMax;
  const Result<std::size_t> size = end_.find(bytes, most);
  if (!size) return Error{size.error().code, "Forward: " + size.error().message};
  if (*size == 0) {
    // Where arrays go on nobody knows how long, room for half as much again saves many looks.
    wanted_ = end_.is_within_bytes() ? end_.needed() : std::min(std::max(end_.needed(), bytes.size() + bytes.size() / 2), most);
    return std::size_t{0};
  }
  end_.begin();
  const std::string_view message = bytes.substr(0, *size);
  if (!is_known()) {
    TRY(take_ping(message));
    return *size;
  }
  constexpr std::string_view kNil = "\xC0";
  if (message == kNil) return *size;
  const std::string_view chunk = TRY(reader_.read(message, visitor));
  if (!chunk.empty()) append_forward_ack(out_, chunk);
  return *size;
}

/// One that proves nothing gets an answer and is ended.
Status ForwardConnection::take_ping(std::string_view message) {
  const ForwardPing ping = TRY(read_forward_ping(message));
  const std::optional<Sender> found = senders_->by_proof("forward", [&](std::string_view name, std::string_view digest) {
    if (!ping.proves(challenge_, name, forward_key(digest))) return false;
    digest_ = digest;
    return true;
  });
  refused_ = !found.has_value();
  if (found) name_ = found->name;
  append_forward_pong(out_, ping, challenge_, found ? forward_key(digest_) : std::string());
  return {};
}

std::optional<Sender> ForwardConnection::sender() {
  if (senders_ == nullptr || digest_.empty()) return std::nullopt;
  return senders_->by_proof("forward", [&](std::string_view name, std::string_view digest) { return name == name_ && digest == digest_; });
}

void ForwardConnection::answer(std::string& out) {
  out += out_;
  out_.clear();
}

}  // namespace tocsin
