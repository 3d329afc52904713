// One connection of Fluent Forward: its handshake, if keys are asked for, then messages, each answered by the name of its chunk once it is safe. Pure but for the random
// numbers of the handshake; the framing is MessagePack's own. One object belongs to one connection and one thread. Whatever is no message, and one with more than
// kForwardMessageBytesMax, ends the connection; errors say what it is. What comes out does not depend on how the bytes were cut.
//
//   ForwardConnection forward(&senders);   // nullptr: nobody has to prove anything
//   forward.greet(out);
//   Result<std::size_t> used = forward.take(bytes, visitor);
//   forward.answer(out);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collect/acked_protocol.h"
#include "collect/forward_handshake.h"
#include "collect/forward_message.h"
#include "collect/msgpack.h"

namespace tocsin {

/// One message. Fluentd sends chunks of 8 MB, packed or not.
inline constexpr std::size_t kForwardMessageBytesMax = 16u << 20;
/// What somebody may send before it has proved who it is.
inline constexpr std::size_t kForwardPingBytesMax = 4u << 10;

class ForwardConnection : public AckedProtocol {
 public:
  /// `senders` outlives it.
  explicit ForwardConnection(Senders* senders) : senders_(senders) {}

  void greet(std::string& out) override;
  Result<std::size_t> take(std::string_view bytes, ReceivedVisitor& visitor) override;
  std::size_t wanted() const override { return wanted_; }
  void answer(std::string& out) override;
  bool has_ended() const override { return refused_; }
  std::optional<Sender> sender() override;

 private:
  Status take_ping(std::string_view message);
  bool is_known() const { return senders_ == nullptr || !digest_.empty(); }

  Senders* const senders_;
  ForwardChallenge challenge_;
  std::string name_, digest_;  // of the sender that was proved
  MsgpackEnd end_;
  ForwardMessageReader reader_;
  std::size_t wanted_ = 1;
  std::string out_;  // answers to what was taken
  bool refused_ = false;
};

}  // namespace tocsin
