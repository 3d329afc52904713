// RELP, the protocol by which rsyslog sends so that nothing is lost (librelp's public description): frames out of the bytes of a connection, and the
// responses to them. Pure; one object belongs to one connection and one thread.
//
//   frame    = txnr SP command SP datalen [SP data] LF
//   txnr     = 1 to 9 digits          0 is a hint, which has no response
//   command  = 1 to 32 letters        open, syslog, close
//   datalen  = 1 to 9 digits          bytes of `data`; with 0 there is none, nor the space before it (one is read over)
//   response = txnr SP "rsp" SP datalen SP code SP words [LF offers] LF     code: 200 or 500
//
//   client: open, with offers ("relp_version=0", "commands=syslog", a line each)     server: 200 and the offers that it takes
//   client: syslog, with one message, as many as its window has                      server: 200 for each, in their order, once it is safe
//   client: close                                                                    server: 200, a hint "serverclose", and it ends the connection
//   client: enrol, with a code and a key (enrolment.h), where that is possible         server: 200 and a certificate, or 500; and it ends the connection
//
// The data of syslog is the record, byte for byte. A message longer than kReceivedBytesMax is cut there and marked. A command that nobody knows
// is answered with 500; never a message, since librelp forgets what was answered so. Whatever is no frame, a frame with more than kRelpDataBytesMax, and a
// message before open end the connection: errors say where and what. What comes out does not depend on how the bytes were cut.
//
//   RelpFrames relp;
//   Result<std::size_t> used = relp.take(bytes, visitor);
//   relp.answer(out);   // "1 rsp 6 200 OK\n"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "collect/acked_protocol.h"

namespace tocsin {

class RelpFrames : public AckedProtocol {
 public:
  /// The data of one frame. librelp's own limit is 128 KB, and rsyslog's users raise it by one digit; a damaged length must not swallow a connection.
  static constexpr std::size_t kRelpDataBytesMax = 16u << 20;
  static constexpr std::size_t kRelpDigitsMax = 9;
  static constexpr std::size_t kRelpCommandBytesMax = 32;

  struct Counts {
    std::uint64_t frames = 0;     // whole ones
    std::uint64_t messages = 0;   // of them, handed on
    std::uint64_t truncated = 0;  // of those, longer than kReceivedBytesMax
    bool operator==(const Counts&) const = default;
  };

  /// `enrols`: the command enrol is known.
  explicit RelpFrames(bool enrols = false) : enrols_(enrols) {}

  Result<std::size_t> take(std::string_view bytes, ReceivedVisitor& visitor) override;
  std::size_t wanted() const override { return wanted_; }
  void answer(std::string& out) override;
  void farewell(std::string& out) override;
  bool has_ended() const override { return state_ == State::kClosed; }
  std::optional<EnrolmentRequest> enrolment() override { return std::exchange(enrolment_, std::nullopt); }
  void enrolled(const Result<std::string>& certificate) override;

  const Counts& counts() const { return counts_; }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kClosed };
  struct Frame {
    std::uint32_t txnr = 0;
    std::string_view command, data;
  };

  Result<std::size_t> read_frame(std::string_view bytes, Frame& frame);
  Status carry_out(const Frame& frame, ReceivedVisitor& visitor);
  void open(const Frame& frame);
  void enrol(const Frame& frame);
  void respond(std::uint32_t txnr, std::string_view code, std::string_view offers = {});
  Error wrong(std::string_view what) const;

  const bool enrols_;
  State state_ = State::kNew;
  std::size_t wanted_ = 0;
  std::string responses_;  // to what was taken and is not answered yet
  std::optional<EnrolmentRequest> enrolment_;
  std::uint32_t enrolment_txnr_ = 0;
  Counts counts_;
};

}  // namespace tocsin
