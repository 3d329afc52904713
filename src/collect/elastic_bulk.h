// The _bulk requests of Elasticsearch 8, as shippers send them (and those with one document alone): which documents a body holds, and the answer that says what became
// of each. One reader belongs to one thread and is used for one body after the other; warm, it allocates nothing unless a name has
// escapes. No HTTP here: the body is whole and unpacked, the caller has the path (elastic_answers.h).
//
//   body    = *(blank LF / action LF [source LF])
//   action  = {"index" / "create" / "update" / "delete": {"_index": name, "_id": text, …}}    on one line
//   source  = the document, a JSON object on one line; none follows a delete
//
// As there, an action line that is malformed, a missing source or a last line without LF refuses the whole request (status 400), and
// nothing of it counts, which is why the items come after the reading and not during it. A document that is malformed or too
// large, or an action that a log store does not do (update, delete), is an error of that item, and the others go on.
// Unlike there, members of an action that are not used here (pipeline, routing, _type …) are let through unread, and an
// index may have any name of up to kIndexBytesMax bytes; it is only a word beside the record.
//
//   Status status = reader.read(body, url_index);
//   if (!status) return append_bulk_refusal(out, status.error());       // the HTTP status
//   for (BulkItem& item : reader.items()) {
//     if (item.status == BulkStatus::kStored && !store(item.received)) item.status = BulkStatus::kBusy;
//   }
//   append_bulk_answer(out, reader.items(), {.took_ms = 3});
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/received.h"

namespace tocsin {

enum class BulkAction : std::uint8_t { kIndex, kCreate, kUpdate, kDelete };

/// What became of an item. The reader says kStored for those that can be; the caller takes that back where it must.
enum class BulkStatus : std::uint8_t {
  kStored,
  kMalformed,    // the document is no JSON object
  kTooLarge,     // the document is larger than kReceivedBytesMax
  kUnsupported,  // update or delete
  kNoIndex,      // neither the action nor the path names one
  kNameTooLong,  // _index or _id
  kBusy,         // the caller's: no room now, to be sent again
};
/// The item's HTTP status.
int bulk_status_code(BulkStatus status);

/// One action and its document. The views are good until the next read(), and as long as the body and the path are.
struct BulkItem {
  BulkAction action = BulkAction::kIndex;
  BulkStatus status = BulkStatus::kStored;
  std::size_t line = 0;        // of the action in the body, from 1
  Received received;           // the document, its index, and its id if the sender gave one
  std::uint64_t sequence = 0;  // the caller's number for the record: _seq_no, and _id where the sender gave none
};

/// As in Elasticsearch.
inline constexpr std::size_t kIndexBytesMax = 255;
/// As in Elasticsearch.
inline constexpr std::size_t kIdBytesMax = 512;

class BulkReader {
 public:
  /// Items of one request. Shippers send 50 to 10,000; the smallest item is 14 bytes, and each costs 200 here.
  static constexpr std::size_t kBulkItemsMax = 50'000;
  /// One action line. Names have limits of their own; the rest is members that nobody here reads.
  static constexpr std::size_t kBulkActionBytesMax = 64 << 10;

  /// kInvalid for a malformed request, kLimit for one with too many items; the message is the reason to be told.
  Status read(std::string_view body, std::string_view url_index);
  std::span<BulkItem> items() { return items_; }

 private:
  Result<bool> read_line(std::string_view& line);
  Status read_action(std::string_view line, BulkItem& item);
  Status read_meta(std::string_view value, BulkItem& item);
  Status read_source(BulkItem& item);
  bool read_name(std::string_view value, std::string_view& name);
  Error malformed(std::string_view what) const;

  std::vector<BulkItem> items_;
  std::deque<std::string> texts_;  // of names with escapes; a deque, since items look into it
  std::size_t texts_used_ = 0;
  std::string_view body_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
};

struct BulkAnswer {
  std::uint64_t took_ms = 0;
  /// Only the status and error of each item, which is all that Beats and Logstash ask for (filter_path).
  bool brief = false;
};

/// Appends the body of an answer with status 200.
void append_bulk_answer(std::string& out, std::span<const BulkItem> items, const BulkAnswer& answer);
/// Appends the body that refuses a request, and returns its HTTP status: 400 or 413.
int append_bulk_refusal(std::string& out, const Error& error);
/// A request that sends one document alone, which may take several lines. The views are those given.
BulkItem read_elastic_document(std::string_view body, std::string_view index, std::string_view id);
/// Appends the answer to such a request, and returns its HTTP status.
int append_document_answer(std::string& out, const BulkItem& item);

/// Appends an error as Elasticsearch words it.
void append_elastic_error(std::string& out, int status, std::string_view type, std::string_view reason);

}  // namespace tocsin
