#include "pipeline/run_deeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "respond/cacao/read_playbook.h"
#include "respond/connector/connector_list.h"
#include "respond/engine/run_record.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

using respond::InputKind;
using respond::RecordKind;
using respond::RunInput;

constexpr const char* kMarkFile = "audited";
constexpr std::size_t kMarkBytesMax = 100;
/// The mark is written anew after so many deeds; what stands between is counted again.
constexpr std::uint64_t kMarkEvery = 1'000;

bool is_deed(const std::string_view record) {
  if (record.empty()) return false;
  const auto kind = static_cast<RecordKind>(record.front());
  if (kind == RecordKind::kSwitch) return true;
  return kind == RecordKind::kInput && record.size() > 2 && static_cast<InputKind>(record[2]) != InputKind::kTimer;
}

/// Hands a frame's records on.
class Frame : public journal::PayloadVisitor {
 public:
  explicit Frame(std::function<void(std::uint64_t, std::string_view)> visit) : visit_(std::move(visit)) {}
  void record(journal::Sequence sequence, const journal::Record& record) override { visit_(sequence, record.raw); }
  void source(journal::SourceId, std::string_view) override {}
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}

 private:
  const std::function<void(std::uint64_t, std::string_view)> visit_;
};

std::string auth_of(std::string_view who) {
  if (who.starts_with("user ")) return "session";
  if (who.starts_with("token ")) return "token";
  return who.starts_with("command line") ? "local" : "";
}

std::string what_of(const RunInput& input) {
  constexpr std::string_view kDecided[] = {"act", "ask", "escalate", "refuse"}, kAnswered[] = {"approve", "deny", "done", "failed", "again"};
  switch (input.kind) {
    case InputKind::kStarted: return input.word == static_cast<std::uint8_t>(respond::StartWord::kReal) ? "run.start" : "run.start_dry";
    case InputKind::kDecided: return fmt::format("run.decide.{}", kDecided[input.word]);
    case InputKind::kAnswered: return fmt::format("run.{}", kAnswered[input.word]);
    case InputKind::kResult: return fmt::format("run.result.{}", word_of(input.result.outcome));
    case InputKind::kLost: return "run.lost";
    case InputKind::kSteered: return fmt::format("run.{}", respond::kSteerWords[input.word]);
    case InputKind::kTimer: break;
  }
  return "run.time";
}

std::string who_of(const RunInput& input) {
  if (!input.who.empty()) return input.who;
  return input.kind == InputKind::kDecided ? "policy" : input.kind == InputKind::kResult ? "executor" : "service";
}

std::string undo_of(const respond::Action& action) {
  if (action.spec == nullptr || action.spec->undo.empty() || action.result.undo.empty()) return "";
  return text_of(respond::ActionCall{.connector = action.call.connector, .action = std::string(action.spec->undo), .arguments = action.result.undo});
}

}  // namespace

Status RunDeeds::begin() {
  if (begun_) return {};
  const Result<std::string> text = env_.read_file(folder_ + "/" + kMarkFile, kMarkBytesMax);
  if (text) {
    const char* const end = text->data() + text->size();
    const auto number = std::from_chars(text->data(), end, saved_.number);
    if (number.ec != std::errc() || number.ptr == end || std::from_chars(number.ptr + 1, end, saved_.deeds).ec != std::errc()) return Error{Code::kInvalid, folder_ + "/" + kMarkFile + ": is no mark"};
  } else if (text.error().code != Code::kNotFound) {
    return text.error();
  }
  reader_ = std::make_unique<journal::Reader>(TRY(journal::Reader::open(env_, folder_ + "/journal", master_, saved_.number)));
  counter_ = std::make_unique<journal::Reader>(TRY(journal::Reader::open(env_, folder_ + "/journal", master_, saved_.number)));
  at_ = saved_;
  counted_ = saved_.deeds;
  read_.clear();
  runs_.clear();
  journal_.need_from(saved_.number);
  begun_ = true;
  return {};
}

Status RunDeeds::save(const Mark& mark) {
  TRY(put_file(env_, folder_, kMarkFile, fmt::format("{} {}\n", mark.number, mark.deeds)));
  saved_ = mark;
  journal_.need_from(mark.number);
  return {};
}

Result<std::uint64_t> RunDeeds::last() {
  TRY(begin());
  Frame frame([this](std::uint64_t, std::string_view record) { counted_ += is_deed(record) ? 1 : 0; });
  while (TRY(counter_->next(journal_.committed(), frame))) {
  }
  return counted_;
}

/// The state is of an older copy of the folder than the audit log: what comes now counts from there.
Status RunDeeds::skip_to(std::uint64_t position) {
  const std::uint64_t more = position - TRY(last());
  Mark mark = oldest();
  mark.deeds += more;
  TRY(save(mark));
  begun_ = false;
  return begin();
}

Status RunDeeds::taken(std::uint64_t position) {
  if (position < saved_.deeds + kMarkEvery) return {};
  const Mark mark = oldest();
  return mark.deeds <= position && mark.number > saved_.number ? save(mark) : Status();
}

/// From here on everything has to be read again to know the runs that are not over.
RunDeeds::Mark RunDeeds::oldest() const {
  Mark oldest = at_;
  for (const auto& [id, one] : runs_) {
    if (one.first < oldest.number) oldest = {one.first, one.deeds_before};
  }
  return oldest;
}

Result<bool> RunDeeds::next(std::uint64_t& number, std::string& record) {
  if (read_.empty()) {
    Frame frame([this](std::uint64_t at, std::string_view bytes) { read_.emplace_back(at, bytes); });
    while (read_.empty() && TRY(reader_->next(journal_.committed(), frame))) {
    }
    if (read_.empty()) return false;
  }
  number = read_.front().first;
  record = std::move(read_.front().second);
  read_.pop_front();
  return true;
}

Result<std::vector<audit::AuditEntry>> RunDeeds::after(std::uint64_t position, std::size_t limit) {
  TRY(begin());
  if (position < at_.deeds) {  // asked for what it has given: it was not taken
    begun_ = false;
    TRY(begin());
  }
  std::vector<audit::AuditEntry> entries;
  std::uint64_t number = 0;
  std::string record;
  while (entries.size() < limit && TRY(next(number, record))) TRY(follow(number, record, at_.deeds >= position ? &entries : nullptr));
  return entries;
}

Status RunDeeds::follow(std::uint64_t number, std::string_view record, std::vector<audit::AuditEntry>* entries) {
  ByteReader reader(record.substr(std::min<std::size_t>(1, record.size())));
  const RecordKind kind = record.empty() ? RecordKind::kOver : static_cast<RecordKind>(record.front());
  if (kind == RecordKind::kInput) {
    const RunInput input = TRY(respond::read_input(reader.rest()));
    TRY(follow_input(number, input, entries));
  } else if (kind == RecordKind::kSwitch) {
    reader.number<respond::RunId>();
    const bool stopped = reader.number<std::uint8_t>() != 0;
    const RunInput input = TRY(respond::read_input(reader.rest()));
    if (entries != nullptr) entries->push_back({.time = input.time, .who = input.who, .auth = auth_of(input.who), .address = input.address, .what = stopped ? "stop.all" : "stop.lift", .object = "every run", .why = {.reason = input.why}, .position = at_.deeds + 1});
  } else if (kind == RecordKind::kCarried) {
    const auto id = reader.number<respond::RunId>();
    runs_.erase(id);
    const std::uint64_t deeds = at_.deeds;
    for (auto left = reader.number<std::uint32_t>(); left > 0 && reader.good(); --left) {
      const RunInput input = TRY(respond::read_input(reader.take(reader.number<std::uint32_t>())));
      TRY(follow_input(number, input, nullptr));
    }
    if (const auto found = runs_.find(id); found != runs_.end()) found->second.deeds_before = deeds;
  } else if (kind == RecordKind::kOver) {
    runs_.erase(reader.number<respond::RunId>());
  }
  if (is_deed(record)) ++at_.deeds;
  at_.number = number + 1;
  return {};
}

Status RunDeeds::follow_input(std::uint64_t number, const RunInput& input, std::vector<audit::AuditEntry>* entries) {
  std::string before;
  if (input.kind == InputKind::kStarted) {
    std::vector<std::shared_ptr<const respond::Book>> books;
    for (const Sha256& hash : input.books) {
      cacao::Reading reading = cacao::read_playbook(TRY(shelf_.text(respond::hex_of(hash))));
      books.push_back(TRY(respond::make_book(hash, std::move(reading.playbook))));
    }
    if (books.empty()) return Error{Code::kInvalid, "a run in the log names no playbook"};
    Followed& one = runs_[input.run];
    one = {number, at_.deeds, std::make_unique<respond::Run>(input.run, respond::all_actions())};
    (void)one.run->start(input, std::move(books));
  } else if (const auto found = runs_.find(input.run); found != runs_.end()) {
    before = word_of(found->second.run->state().status);
    (void)found->second.run->apply(input);
  }
  if (entries == nullptr || input.kind == InputKind::kTimer) return {};
  audit::AuditEntry entry{.time = input.time, .who = who_of(input), .auth = auth_of(input.who), .address = input.address, .what = what_of(input), .object = fmt::format("run {}", input.run), .why = {.reason = input.why}, .position = at_.deeds + 1};
  const auto found = runs_.find(input.run);
  if (found != runs_.end()) {
    const respond::RunState& state = found->second.run->state();
    const respond::Book& book = *state.books.front();
    entry.detail = fmt::format("playbook '{}'", book.playbook.name);
    if (input.kind == InputKind::kStarted) entry.detail += fmt::format(" ({}, SHA-256 {})", book.playbook.id, respond::hex_of(book.hash));
    if (input.kind == InputKind::kStarted && !input.step.empty()) entry.why.evidence = {input.step};
    if (input.kind != InputKind::kStarted && !input.step.empty()) entry.detail += ", step " + input.step;
    const std::string after(word_of(state.status));
    if (before != after) entry.from = before, entry.to = after;
    if (const respond::Action* const action = found->second.run->action(input.action); action != nullptr) {
      entry.object += fmt::format(", action {}", action->id);
      entry.command = action->person.empty() ? text_of(action->call) : fmt::format("{}: {}", action->person, action->task);
      if (action->undoes != 0) entry.detail += fmt::format(", undoes action {}", action->undoes);
      if (input.kind == InputKind::kResult) entry.result = input.result.detail, entry.undo = undo_of(*action);
    }
  }
  if (input.kind == InputKind::kDecided) entry.detail += fmt::format("{}call SHA-256 {}", entry.detail.empty() ? "" : ", ", respond::hex_of(input.hash));
  entries->push_back(std::move(entry));
  return {};
}

}  // namespace tocsin
