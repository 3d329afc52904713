// What a protocol that acknowledges does with the bytes of one connection: frames in, records out, and what is said to the client once
// they are safe. Pure: it knows no socket and no clock. RELP, Fluent Forward and Lumberjack are such protocols; AckedListener is what calls
// them. One object belongs to one connection and one thread.
//
//   Result<std::size_t> used = protocol.take(bytes, visitor);   // one frame, or 0: more is needed
//   …the records of all frames that were taken are safe…
//   protocol.answer(out);                                       // acknowledges them
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/enrolment.h"
#include "collect/intake.h"
#include "collect/received.h"

namespace tocsin {

class AckedProtocol {
 public:
  virtual ~AckedProtocol() = default;

  /// What the server says first; nothing in most protocols.
  virtual void greet(std::string& out) { (void)out; }
  /// Takes the frame at the front of `bytes`, gives its records to `visitor` and says how many bytes it had; 0 if it is not whole yet: then
  /// the same bytes come again, with more behind them. An error: these bytes are none of this protocol, or exceed a limit of it; nothing of
  /// the frame was handed on, and the connection is to be ended.
  virtual Result<std::size_t> take(std::string_view bytes, ReceivedVisitor& visitor) = 0;
  /// After take() gave 0: how many bytes the frame has, at least; never more than the protocol's longest frame, and more than there were.
  virtual std::size_t wanted() const = 0;
  /// Everything that was taken is safe: what the client is told now.
  virtual void answer(std::string& out) = 0;
  /// What may be said meanwhile, so that the client does not take us for dead; it must not acknowledge what is not safe.
  virtual void keep_alive(std::string& out) { (void)out; }
  /// The last that is said before the server ends the connection.
  virtual void farewell(std::string& out) { (void)out; }
  /// The connection is to be ended behind the answer.
  virtual bool has_ended() const { return false; }
  /// After take(): somebody hands in a code and wants to become a sender. Once; nothing more is taken before enrolled().
  virtual std::optional<EnrolmentRequest> enrolment() { return std::nullopt; }
  /// The certificate, or why there is none; said with the next answer.
  virtual void enrolled(const Result<std::string>& certificate) { (void)certificate; }
  /// For protocols that say themselves who sends: whoever proved to be a sender and still is one.
  virtual std::optional<Sender> sender() { return std::nullopt; }
};

}  // namespace tocsin
