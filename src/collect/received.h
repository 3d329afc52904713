// What a network input hands on: one record's bytes as they came, and what the protocol said about it beside them. The time
// of receipt and the name of the sender are the caller's. Syslog frames, _bulk documents and HEC events all end here, so that
// whatever takes records (journal, tests) knows one type. Plain data: the views are good as long as the reader that made
// them says, and nothing here allocates or fails.
//
//   void record(const Received& received) { journal.append(received.raw); }
#pragma once

#include <cstddef>
#include <string_view>

namespace tocsin {

/// The largest record that a network input takes, in bytes. The largest that real sources send are CloudTrail's 256 KB; what is
/// larger is refused where the protocol can say so, and cut where it cannot.
inline constexpr std::size_t kReceivedBytesMax = 1u << 20;

struct Received {
  std::string_view raw;

  // What the protocol said about it, as text; empty where it said nothing.
  std::string_view host;
  std::string_view source;
  std::string_view sourcetype;
  std::string_view index;
  std::string_view id;      // the sender's own name for the record
  std::string_view time;    // as the sender wrote it, not checked
  std::string_view fields;  // a JSON object
  std::string_view file_mark;  // of a followed file: how far it was read (collect/file_mark.h)

  std::string_view poll_mark;  // of a poller: how far it has come (collect/poll_mark.h)

  bool truncated = false;  // the record was longer, and this is its beginning
};

/// Takes records as they are found. The views are good until record() returns.
class ReceivedVisitor {
 public:
  virtual ~ReceivedVisitor() = default;
  virtual void record(const Received& received) = 0;
};

}  // namespace tocsin
