#include "store/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/attachments.h"
#include "store/certificates.h"
#include "store/journal_reader.h"
#include "store/sealed_file.h"
#include "store/segment.h"
#include "store/state.h"
#include "store/state_check.h"
#include "store/token_vault.h"

namespace tocsin {

namespace {

class Verification {
 public:
  Verification(Env& env, const DataFolder& data, const std::function<void(const std::string&)>& wrong) : env_(env), data_(data), wrong_(wrong) {}

  void check_state() {
    Result<std::unique_ptr<State>> state = State::open(data_.state(), State::IfMissing::kFail);
    const Result<std::vector<std::string>> mistakes = state ? (*state)->check(env_) : state_damage(env_, data_.state());
    if (mistakes) std::ranges::for_each(*mistakes, [this](const std::string& mistake) { tell(mistake); });
    if (!state) return tell(state.error().message);
    if (!mistakes) return tell(mistakes.error().message);
    Result<State::Stored> stored = (*state)->stored();
    if (!stored) return tell(stored.error().message);
    stored_ = std::move(*stored);
  }

  void check_tokens() {
    const Result<std::vector<std::string>> mistakes = tocsin::check_tokens(env_, data_);
    if (mistakes) std::ranges::for_each(*mistakes, [this](const std::string& mistake) { tell(mistake); });
    if (!mistakes) tell(mistakes.error().message);
  }

  void check_segments() {
    for (const store::Segment& segment : stored_.segments) {
      const Status good = store::check_segment(env_, data_.segments(), segment);
      if (!good) {
        tell(good.error().message);
        continue;
      }
      ++found_.segments;
      found_.segment_events += segment.rows;
      found_.segment_bytes += segment.bytes;
    }
  }

  void check_journal(Seal* master) {
    const Result<std::vector<std::uint64_t>> numbers = journal::list_segments(env_, data_.journal());
    if (!numbers) return tell(numbers.error().message);
    if (numbers->empty()) return;
    if (master == nullptr) return tell(data_.journal() + ": cannot be read without its key");
    const Status read = read_journal(*master);
    if (!read) tell(read.error().message);
    for (std::size_t i = 0; i + 1 < numbers->size(); ++i) {
      const Status checked = check_closed(*numbers, i, *master);
      if (!checked) tell(checked.error().message);
    }
  }

  void check_protection(Seal* master) {
    for (const SealedPlace& place : {protection_place(data_), policy_place(data_)}) {
      if (!env_.exists(place.path())) continue;
      if (master == nullptr) {
        tell(place.path() + ": cannot be read without its key");
      } else if (const Result<std::string> opened = get_sealed(env_, place, *master); !opened) {
        tell(opened.error().message);
      }
    }
  }

  void check_attachments(Seal* master) {
    const Status checked = try_attachments(master);
    if (!checked) tell(checked.error().message);
  }

  void check_tls(Seal* master) {
    if (!env_.exists(data_.tls())) return;
    if (master == nullptr) return tell(data_.tls() + ": cannot be read without its key");
    const Status good = check_certificates(env_, data_, *master);
    if (!good) tell(good.error().message);
  }

  const Verified& found() const { return found_; }

 private:
  class Counted : public journal::PayloadVisitor {
   public:
    explicit Counted(Verified& found) : found_(found) {}
    void record(journal::Sequence, const journal::Record&) override { ++found_.journal_records; }
    void source(journal::SourceId, std::string_view) override {}
    void counts(journal::SourceId, const journal::Counts&, bool) override {}
    void end() override {}

   private:
    Verified& found_;
  };

  Status try_attachments(Seal* master) {
    const std::unique_ptr<State> state = TRY(State::open(data_.state(), State::IfMissing::kFail));
    CaseLog acts(*state);
    const std::vector<AttachedFile> files = TRY(acts.files());
    const SealedPlace place = attachments_place(data_);
    if (files.empty() && !env_.exists(place.path())) return {};
    if (master == nullptr) return Error{Code::kInvalid, data_.attachments() + ": cannot be read without its key"};
    const std::string key = TRY(get_sealed(env_, place, *master));
    Attachments store(env_, data_, TRY(SealKey::from(key)));
    for (const AttachedFile& file : files) {
      const Status good = store.check(file);
      if (good) {
        ++found_.attachments;
        continue;
      }
      const std::vector<AttachedFile> now = TRY(acts.files());  // somebody may have removed it meanwhile
      if (std::ranges::find(now, file.place, &AttachedFile::place) != now.end()) tell(good.error().message);
    }
    return {};
  }

  Status read_journal(Seal& master) {
    journal::Reader reader = TRY(journal::Reader::open(env_, data_.journal(), master, 0));
    Counted counted(found_);
    while (TRY(reader.next(UINT64_MAX, counted))) {
    }
    for (const journal::Damage& damage : reader.damage()) {
      tell(fmt::format("{}: segment {}: {} (records {} to {})", data_.journal(), damage.segment, damage.what, damage.from, damage.to));
    }
    if (reader.left() > 0 && !service_runs(env_, data_)) {
      tell(fmt::format("{}: {} bytes at its end are no whole frame: damaged, or a write that a crash cut short and that was never acknowledged", data_.journal(),
                       reader.left()));
    }
    if (reader.at() < stored_.position && found_.journal_records > 0) {
      tell(fmt::format("{}: ends at record {}, and {} are stored", data_.journal(), reader.at(), stored_.position));
    }
    return {};
  }

  /// A reader passes over segments of which nothing is wanted any more. What counts of one, the header behind it says.
  Status check_closed(const std::vector<std::uint64_t>& numbers, std::size_t at, Seal& master) {
    std::uint64_t wanted = 0;
    for (std::size_t i = at + 1; i < numbers.size(); ++i) {
      const auto header = TRY(journal::read_segment_header(env_, data_.journal(), numbers[i]));
      if (!header) continue;
      if (header->before == numbers[at]) wanted = header->frames_before;
      break;
    }
    journal::SegmentReader segment = TRY(journal::SegmentReader::open(env_, data_.journal(), numbers[at], master));
    std::uint64_t found = 0;
    journal::FrameHeader header;
    std::string payload;
    while (TRY(segment.next(header, payload)) == journal::SegmentReader::Found::kFrame && header.number == found) ++found;
    if (wanted == 0 || (segment.header() && found >= wanted)) return {};
    return Error{Code::kInvalid, fmt::format("{}: segment {}: {} of {} frames check", data_.journal(), numbers[at], segment.header() ? found : 0, wanted)};
  }

  void tell(const std::string& what) {
    ++found_.wrong;
    wrong_(what);
  }

  Env& env_;
  const DataFolder& data_;
  const std::function<void(const std::string&)>& wrong_;
  State::Stored stored_;
  Verified found_;
};

}  // namespace

bool service_runs(Env& env, const DataFolder& data) {
  const Result<std::unique_ptr<FileLock>> alone = env.lock_file(data.lock());
  return !alone && alone.error().code == Code::kDenied;
}

Verified verify_data(Env& env, const DataFolder& data, Seal* master, const std::function<void(const std::string&)>& wrong) {
  Verification verification(env, data, wrong);
  verification.check_state();
  verification.check_tokens();
  verification.check_segments();
  verification.check_journal(master);
  verification.check_tls(master);
  verification.check_protection(master);
  verification.check_attachments(master);
  return verification.found();
}

}  // namespace tocsin
