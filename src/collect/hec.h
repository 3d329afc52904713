// What is around the data of Splunk's HTTP Event Collector: which path asks for what, where the token and the metadata stand, questions
// about acknowledgements, and every reply with Splunk's code and words, which clients compare. The bodies with data are read
// in hec_events.h. Pure functions, safe from any thread; what a client can do wrong comes back as the code to reply with.
// No HTTP and no checking of tokens here.
//
//   switch (hec_route(method, path)) { case HecRoute::kEvent: … }
//   const HecCode code = read_hec_token(authorization_header, token);
//   const int http_status = append_hec_reply(out, {.code = code});
//
// An acknowledgement: a client names a channel (X-Splunk-Request-Channel, or `channel` in the query), gets an ackId with the
// reply to its data, and asks later, {"acks":[0,1]}; the answer is {"acks":{"0":true,"1":false}}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/received.h"

namespace tocsin {

/// Splunk's codes, by their numbers.
enum class HecCode : std::uint8_t {
  kSuccess = 0,
  kTokenDisabled = 1,
  kTokenRequired = 2,
  kInvalidAuthorization = 3,
  kInvalidToken = 4,
  kNoData = 5,
  kInvalidDataFormat = 6,
  kIncorrectIndex = 7,
  kInternalError = 8,
  kServerBusy = 9,
  kChannelMissing = 10,
  kInvalidChannel = 11,
  kEventRequired = 12,
  kEventBlank = 13,
  kAckDisabled = 14,
  kInvalidFields = 15,
  kQueryTokenDisabled = 16,
  kHealthy = 17,
  kQueuesFull = 18,
};
inline constexpr std::size_t kHecCodes = 19;

struct HecReply {
  HecCode code = HecCode::kSuccess;
  std::optional<std::uint64_t> event_number = {};  // the first event that was not taken, from 0
  std::optional<std::uint64_t> ack_id = {};
};
/// Appends the body and returns the HTTP status.
int append_hec_reply(std::string& out, const HecReply& reply);

enum class HecRoute : std::uint8_t { kUnknown, kWrongMethod, kEvent, kRaw, kAck, kHealth };
/// The path is without the query; a slash at its end does not matter.
HecRoute hec_route(std::string_view method, std::string_view path);
/// The body for kUnknown or kWrongMethod, and the HTTP status.
int append_hec_no_route(std::string& out, HecRoute route);

/// The value of an Authorization header (http_auth.h): "Splunk TOKEN", or "Basic" with the token as password (any user). kSuccess, kTokenRequired
/// if there is none, or kInvalidAuthorization.
HecCode read_hec_token(std::string_view header, std::string& token);

/// Whether it can name a channel: a GUID.
bool is_hec_channel(std::string_view text);

/// A whole query string. Metadata are short words.
inline constexpr std::size_t kHecQueryBytesMax = 8 << 10;
/// The host, source, sourcetype, index or time of a record: paths have 4 KiB at most.
inline constexpr std::size_t kHecMetaBytesMax = 4 << 10;
/// The "fields" of one event. With the other metadata at their longest they still fit the 64 KiB that the journal keeps beside a record.
inline constexpr std::size_t kHecFieldsBytesMax = 32 << 10;

/// What a query string says; empty where it says nothing. Other parameters are ignored, and of two the last counts.
struct HecQuery {
  std::string host, source, sourcetype, index, time, channel, token;

  /// For the readers of data; good as long as the query.
  Received metadata() const;
};
/// `text` is what stands behind the question mark. False if it is malformed or too long.
bool read_hec_query(std::string_view text, HecQuery& query);

/// One question asks about so many requests at most; a client that waits asks about a few hundred.
inline constexpr std::size_t kHecAcksMax = 10'000;
/// The ids asked about. kSuccess, kNoData or kInvalidDataFormat.
HecCode read_hec_acks(std::string_view body, std::vector<std::uint64_t>& ids);
struct HecAck {
  std::uint64_t id = 0;
  bool done = false;
};
void append_hec_acks(std::string& out, std::span<const HecAck> acks);

}  // namespace tocsin
