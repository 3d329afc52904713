#include "pipeline/journal_rows.h"

#include <deque>

#include "base/time.h"
#include "event/details.h"

namespace tocsin {

namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

/// As the protocol said it beside the record (HEC's "time"); kNoTime if it did not, or not so that it can be read.
TimeUs stated_time(std::string_view details) {
  const std::string_view text = detail(details, Detail::kSenderTime);
  if (text.empty()) return kNoTime;
  if (const std::optional<TimeUs> time = parse_epoch(text)) return *time;
  return parse_time(text).value_or(kNoTime);
}

}  // namespace

/// The records of the frame at hand, and the names of all sources met.
class JournalRows::Frame : public journal::PayloadVisitor {
 public:
  struct Numbered {
    journal::Sequence sequence = 0;
    journal::Record record;
  };

  void record(journal::Sequence sequence, const journal::Record& record) override { records_.push_back({sequence, record}); }
  void source(journal::SourceId source, std::string_view name) override {
    if (names_.size() <= source) names_.resize(source + 1);
    names_[source] = name;
  }
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}

  bool empty() const { return at_ >= records_.size(); }
  const Numbered& take() { return records_[at_++]; }
  void clear() {
    records_.clear();
    at_ = 0;
  }
  std::string_view name(journal::SourceId source) const { return source < names_.size() ? std::string_view(names_[source]) : std::string_view(); }

 private:
  std::vector<Numbered> records_;
  std::size_t at_ = 0;
  std::deque<std::string> names_;
};

JournalRows::JournalRows(JournalPlace place, RecordReader& reader, const LogSourceTable& log_sources, JournalStretch stretch)
    : place_(std::move(place)), record_reader_(reader), log_sources_(log_sources), stretch_(stretch) {}

JournalRows::~JournalRows() = default;

Status JournalRows::start() {
  journal_ = std::make_unique<journal::Reader>(TRY(journal::Reader::open(place_.env, place_.folder, place_.master, stretch_.from)));
  frame_ = std::make_unique<Frame>();
  raw_bytes_ = unnamed_ = 0;
  first_received_ = last_received_ = kNoTime;
  return {};
}

bool JournalRows::is_full() const {
  if (raw_bytes_ >= stretch_.raw_bytes_max) return true;
  return stretch_.one_day && first_received_ != kNoTime && first_received_ / kDayUs != last_received_ / kDayUs;
}

Result<bool> JournalRows::next(store::EventRow& row) {
  while (true) {
    while (frame_->empty()) {
      if (is_full()) return false;
      frame_->clear();
      if (!TRY(journal_->next(stretch_.until, *frame_))) return false;
    }
    const Frame::Numbered& numbered = frame_->take();
    // Where the stretch ends does not depend on what is wanted of it.
    raw_bytes_ += numbered.record.raw.size();
    if (first_received_ == kNoTime) first_received_ = numbered.record.received;
    last_received_ = numbered.record.received;
    if (stretch_.only_named && frame_->name(numbered.record.source).empty()) {
      ++unnamed_;
      continue;
    }
    if (stretch_.wants && !stretch_.wants(numbered.sequence)) continue;
    give(numbered.sequence, numbered.record, row);
    if (!stretch_.wants_event || stretch_.wants_event(row)) return true;
  }
}

void JournalRows::give(journal::Sequence sequence, const journal::Record& record, store::EventRow& row) {
  const std::string_view kept = record_reader_.read(record.raw, record.received, frame_->name(record.source), columns_);
  if (columns_.time == kNoTime) columns_.time = stated_time(record.details);
  row = {sequence, record.received, frame_->name(record.source), kept, &columns_, &log_sources_.get(columns_.log_source),
         record_reader_.mappings()};
}

journal::Sequence JournalRows::end() const { return journal_ == nullptr ? stretch_.from : journal_->at(); }

const std::vector<journal::Damage>& JournalRows::damage() const {
  static const std::vector<journal::Damage> none;
  return journal_ == nullptr ? none : journal_->damage();
}

}  // namespace tocsin
