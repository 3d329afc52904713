// Where one record ends and the next begins in the bytes of a connection: what the framings of inputs over TCP and TLS that answer nothing have in
// common, so that one listener (syslog_listener.h) serves them all. One object belongs to one connection and one thread. Nothing fails: what is odd
// is counted, and its bytes are handed on all the same. What comes out does not depend on how the bytes were cut into reads.
//
//   std::unique_ptr<RecordFrames> frames = std::make_unique<GelfFrames>();
//   while (read(bytes)) frames->read(bytes, visitor);
//   frames->finish(visitor);   // the connection was closed
#pragma once

#include <string_view>

#include "collect/received.h"

namespace tocsin {

class RecordFrames {
 public:
  virtual ~RecordFrames() = default;
  virtual void read(std::string_view bytes, ReceivedVisitor& visitor) = 0;
  /// The connection is closed: what was read of the last record is one too.
  virtual void finish(ReceivedVisitor& visitor) = 0;
};

}  // namespace tocsin
