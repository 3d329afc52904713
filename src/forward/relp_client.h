// The client's side of RELP (relp_frames.h has the frames): messages and commands as bytes, and what the server says to them. Pure; one object belongs to one connection
// and one thread. Responses come in the order of what was sent; anything else, and what is no response, is an error that ends the connection: whatever was not answered
// is sent again on the next one.
//
//   RelpClient relp;
//   relp.open(out);
//   relp.message(record, out);
//   const std::size_t used = TRY(relp.take(bytes));
//   relp.answered();   // so many messages are safe
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::forward {

/// A response; the longest that we ask for has a certificate.
inline constexpr std::size_t kRelpResponseBytesMax = 16u << 10;
/// Numbers of frames go from 1 to this, and begin anew (librelp).
inline constexpr std::uint32_t kRelpTxnrMax = 999'999'999;

class RelpClient {
 public:
  void open(std::string& out);
  void message(std::string_view raw, std::string& out);
  void command(std::string_view name, std::string_view data, std::string& out);

  /// Takes the responses at the front of `bytes` and says how many bytes they had; what is left comes again with more behind it.
  Result<std::size_t> take(std::string_view bytes);

  /// The number of the next frame, on a connection that has sent none.
  void set_next(std::uint32_t txnr) { next_ = oldest_ = txnr; }
  bool is_open() const { return open_; }
  /// Of messages: with a 200, and with another code, which the server will never take.
  std::uint64_t answered() const { return taken_ + refused_; }
  std::uint64_t refused() const { return refused_; }
  std::size_t in_flight() const { return waiting_.size(); }
  /// To a command: the last response's code, and all that stands behind it.
  struct Response {
    std::uint32_t code = 0;
    std::string text;  // words, and lines behind them
  };
  const std::optional<Response>& response() const { return response_; }
  /// The server ends the connection.
  bool is_closing() const { return closing_; }

 private:
  enum class Sent : std::uint8_t { kOpen, kMessage, kCommand };
  void frame(Sent kind, std::string_view name, std::string_view data, std::string& out);
  Result<std::size_t> take_one(std::string_view bytes);
  Status answer(std::uint32_t txnr, std::string_view data);

  std::deque<Sent> waiting_;       // what has no response yet
  std::uint32_t next_ = 1;         // number of the next frame
  std::uint32_t oldest_ = 1;       // of the first that has no response
  std::uint64_t taken_ = 0, refused_ = 0;
  std::optional<Response> response_;
  bool open_ = false, closing_ = false;
};

}  // namespace tocsin::forward
