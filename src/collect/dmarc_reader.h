// DMARC's aggregate reports (RFC 7489, appendix C, and what its successor adds): XML in, a record of JSON out for each <record>, with what holds for the whole report before it. Names
// are those of the XML, so what a reporter adds is there, too:
//
//   {"dmarc":{"report_metadata":{"org_name":"…","report_id":"…","date_range":{"begin":"1772323200","end":"1772409599"}},"policy_published":{"domain":"example.org","p":"reject",…},
//    "row":{"source_ip":"192.0.2.7","count":"2","policy_evaluated":{"disposition":"none","dkim":"fail","spf":"pass"}},"identifiers":{"header_from":"example.org"},
//    "auth_results":{"dkim":{"domain":"…","result":"…"},"spf":[…]}}}
//
// An element that comes more than once has an array. Attributes are left out. Values are texts; count is a number where it is one.
//
// Read by Expat, as it comes. A document type is refused, and with it every entity but the five that XML has: nothing is expanded, nothing is fetched. One object belongs to one document
// and one thread; after an error nothing is read.
//
//   DmarcReader dmarc;
//   TRY(dmarc.read(xml, visitor));  …  TRY(dmarc.finish(visitor));
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "collect/received.h"

namespace tocsin {

/// Elements within elements; the schema needs 5.
inline constexpr std::size_t kDmarcDepthMax = 16;
/// Of one <record>, its texts and names; they have some hundred bytes.
inline constexpr std::size_t kDmarcRecordBytesMax = 64 << 10;
inline constexpr std::size_t kDmarcElementsMax = 500;
/// Of the elements before the records, together.
inline constexpr std::size_t kDmarcHeadBytesMax = 64 << 10;
/// What Expat may hold back: a name, an attribute or a comment that does not end. It would read it again from its beginning with each piece.
inline constexpr std::size_t kDmarcTokenBytesMax = 64 << 10;

/// Whether a text that begins so is such a report: <feedback> is its first element.
bool is_dmarc_report(std::string_view head);

class DmarcReader {
 public:
  DmarcReader();
  ~DmarcReader();
  DmarcReader(const DmarcReader&) = delete;
  DmarcReader& operator=(const DmarcReader&) = delete;

  Status read(std::string_view xml, ReceivedVisitor& visitor);
  /// The document has ended; kInvalid if it is not whole.
  Status finish(ReceivedVisitor& visitor);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
