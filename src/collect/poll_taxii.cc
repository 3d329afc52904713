// A collection of a TAXII 2.1 server (OASIS Standard, 10 June 2021): GET {api root}/collections/{id}/objects/ (5.4) with match[type]=indicator, so that an envelope (3.7) has indicators alone, their newest versions, in
// the order in which they were added. Within a pass the server's `next` leads from page to page (3.5); a pass that has come to its end goes on behind the time of X-TAXII-Date-Added-Last (3.2) by added_after (3.4). Both
// are in the cursor, so a collection of a million objects is not begun again after a restart; a `next` that was forgotten is (400, 404), from added_after on.
//
// Of an object only what an indicator is read for is handed on, each member as it stands there: descriptions, references and extensions of strangers end here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "collect/json_walk.h"
#include "collect/poll_parts.h"
#include "collect/poll_taxii.h"

namespace tocsin {

namespace {

/// Of one page: one batch. Servers give fewer where they want to.
constexpr int kPageObjects = 1'000;

constexpr std::string_view kKept[] = {"id", "created_by_ref", "modified", "revoked", "pattern", "pattern_type", "confidence", "valid_from", "valid_until", "indicator_types", "labels"};

/// An envelope's members; what is not there is "".
struct Envelope {
  std::string_view more, next, objects;
};

Result<Envelope> read_envelope(std::string_view body) {
  const Error none{Code::kInvalid, "an answer is no TAXII envelope: is 'api_root' that of a TAXII 2.1 server?"};
  if (!is_json_object(body)) return none;
  Envelope envelope;
  JsonMembers members(body, json_blanks(body, 0));
  while (members.next()) {
    if (members.key() == "more") envelope.more = members.value();
    if (members.key() == "next") envelope.next = members.value();
    if (members.key() == "objects") envelope.objects = members.value();
  }
  if (!envelope.objects.empty() && !envelope.objects.starts_with('[')) return none;
  return envelope;
}

class TaxiiApi : public PollApi {
 public:
  explicit TaxiiApi(const PollerSettings& settings) : path_(fmt::format("/{}/collections/{}/objects/", settings.value("api_root"), settings.value("collection"))) {}

  void resume(std::string_view cursor) override {
    from_ = std::max<TimeUs>(0, cursor_time(cursor));
    after_ = cursor_value(cursor, "after");
    if (after_.empty() && from_ > 0) after_ = second_text(from_);
    next_ = std::exchange(refused_, false) ? std::string_view() : cursor_value(cursor, "next");
  }
  void forget_place() override { refused_ = true; }

  PollRequest next(TimeUs) override {
    std::string url = fmt::format("{}?limit={}&match%5Btype%5D=indicator", path_, kPageObjects);
    if (!after_.empty()) url += "&added_after=" + percent_encoded(after_);
    if (!next_.empty()) url += "&next=" + percent_encoded(next_);
    return {false, std::move(url)};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds& known, TimeUs now) override {
    const Envelope envelope = TRY(read_envelope(answer.body));
    PollPage page;
    TRY(take_objects(envelope.objects, page));
    TRY(move_on(envelope, answer.header("x-taxii-date-added-last"), now, page));
    // A page that comes once more, from a server that does not say how far it is, is known by its bytes. Each page is handed on whole, so it is the page that is remembered, not its objects.
    const PollId id = poll_id(answer.body);
    if (known.contains(id)) page.records.clear();
    page.part.assign(id.begin(), id.end());
    page.part_time = page.forget_before = from_;
    page.done = {{id, from_}};
    return page;
  }

 private:
  static Status take_objects(std::string_view objects, PollPage& page) {
    std::size_t too_large = 0;
    const auto take = [&](std::string_view object) {
      std::string reduced = reduced_indicator(object);
      if (reduced.size() > kTaxiiObjectBytesMax) return ++too_large, true;
      if (reduced.empty() || page.records.size() >= kPollRecordsMax) return page.records.size() < kPollRecordsMax;
      PollRecord& record = page.records.emplace_back();
      record.at = page.body.size();
      record.size = reduced.size();
      page.body += reduced;
      return true;
    };
    if (!objects.empty() && !each_element(objects, take)) return Error{Code::kLimit, fmt::format("an answer has more than {} objects", kPollRecordsMax)};
    if (too_large > 0) page.words = fmt::format("{} indicators of a page have more than {} KiB and were left out", too_large, kTaxiiObjectBytesMax >> 10);
    return {};
  }

  /// From where the next request goes on.
  Status move_on(const Envelope& envelope, std::string_view last, TimeUs now, PollPage& page) {
    std::string unescaped;
    std::string_view next;
    if (!envelope.next.empty() && !json_string(envelope.next, unescaped, next)) next = {};
    if (next.size() > kTaxiiNextBytesMax || next.find('\n') != std::string_view::npos) return Error{Code::kInvalid, fmt::format("the server gives a 'next' that has more than {} bytes, or none that can be asked for", kTaxiiNextBytesMax)};
    page.more = envelope.more == "true";
    next_ = page.more ? next : std::string_view();
    const std::optional<TimeUs> added = last.size() <= kTaxiiTimeBytesMax ? parse_time(last) : std::nullopt;
    // Without a `next` the pages of a pass are told by the time alone; what is added_after never moves back.
    if (next_.empty() && added && *added >= from_) {
      page.more = page.more && after_ != last;
      after_ = last;
      from_ = std::min(*added, now);
    } else if (next_.empty() && page.more) {
      return Error{Code::kInvalid, "the server says that there is more, and neither by 'next' nor by X-TAXII-Date-Added-Last where"};
    }
    page.cursor = cursor_at(from_) + (after_.empty() ? "" : "after=" + after_ + "\n") + (next_.empty() ? "" : "next=" + next_ + "\n");
    return {};
  }

  const std::string path_;
  TimeUs from_ = 0;
  std::string after_, next_;
  bool refused_ = false;  // what next_ said
};

}  // namespace

std::string reduced_indicator(std::string_view object) {
  std::array<std::string_view, std::size(kKept)> kept;
  bool is_indicator = false;
  JsonMembers members(object, json_blanks(object, 0));
  while (members.next()) {
    if (members.key() == "type") is_indicator = members.value() == "\"indicator\"";
    const auto found = std::ranges::find(kKept, members.key());
    if (found != std::end(kKept)) kept[static_cast<std::size_t>(found - kKept)] = members.value();
  }
  if (!is_indicator || members.failed()) return {};
  std::string reduced = R"({"type":"indicator")";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i].empty()) reduced += fmt::format(",\"{}\":{}", kKept[i], kept[i]);
  }
  return reduced + "}";
}

std::unique_ptr<PollApi> make_taxii_api(const PollerSettings& settings) { return std::make_unique<TaxiiApi>(settings); }

}  // namespace tocsin
