#include "pipeline/run_journal.h"

#include <algorithm>

#include "respond/cacao/read_playbook.h"
#include "store/data_folder.h"
#include "store/journal_reader.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

constexpr std::string_view kSourceName = "runs";

/// The first failure of whoever is handed the records stays; the rest is passed over.
class Visitor : public journal::PayloadVisitor {
 public:
  explicit Visitor(const std::function<Status(std::uint64_t, std::string_view)>& visit) : visit_(visit) {}
  void record(journal::Sequence sequence, const journal::Record& record) override {
    if (status) status = visit_(sequence, record.raw);
  }
  void source(journal::SourceId, std::string_view) override {}
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}

  Status status;

 private:
  const std::function<Status(std::uint64_t, std::string_view)>& visit_;
};

}  // namespace

Result<std::unique_ptr<RunJournal>> RunJournal::open(Env& env, std::string folder, Seal& master, std::string readers) {
  TRY(make_folders(env, folder));
  std::unique_ptr<RunJournal> log(new RunJournal(env, std::move(folder), master));
  log->readers_ = std::move(readers);
  log->writer_ = TRY(journal::Writer::open(env, log->folder_, master, {.segment_bytes = kRunSegmentBytes}));
  log->committed_ = log->writer_->committed();
  log->source_ = TRY(log->writer_->source(kSourceName));
  return log;
}

std::uint64_t RunJournal::append(std::string_view record) {
  const journal::Record one{source_, env_.now_us(), {}, record};
  if (!writer_->has_room(one) && trouble_) {
    const std::lock_guard<std::mutex> lock(writing_);
    trouble_ = writer_->commit();
  }
  return writer_->append(one);
}

Status RunJournal::commit() {
  const std::lock_guard<std::mutex> lock(writing_);
  const Status before = std::exchange(trouble_, Status());
  const Status now = writer_->commit();
  committed_ = writer_->committed();
  return before ? now : before;
}

void RunJournal::between_commits(const std::function<void()>& what) {
  const std::lock_guard<std::mutex> lock(writing_);
  what();
}

Status RunJournal::read(const std::function<Status(std::uint64_t, std::string_view)>& visit) {
  journal::Reader reader = TRY(journal::Reader::open(env_, folder_, master_, 0));
  Visitor visitor(visit);
  while (TRY(reader.next(writer_->committed(), visitor))) TRY(Status(visitor.status));
  if (!reader.damage().empty()) damage_ = reader.damage().front().what;
  return {};
}

Status RunJournal::forget_before(std::uint64_t number) {
  std::unique_ptr<FileLock> alone;
  if (!readers_.empty()) {
    Result<std::unique_ptr<FileLock>> lock = env_.lock_file(readers_);
    if (!lock && lock.error().code == Code::kDenied) return {};
    if (!lock) return lock.error();
    alone = std::move(*lock);
  }
  return writer_->remove_before(std::min<std::uint64_t>(number, needed_from_));
}

Result<std::unique_ptr<PlaybookShelf>> PlaybookShelf::open(Env& env, std::string folder) {
  TRY(make_folders(env, folder));
  return std::unique_ptr<PlaybookShelf>(new PlaybookShelf(env, std::move(folder)));
}

Status PlaybookShelf::put(const std::string& hash_hex, std::string_view text) {
  const std::lock_guard<std::mutex> lock(writing_);
  const std::string name = hash_hex + ".json";
  if (env_.exists(folder_ + "/" + name)) return {};
  return put_file(env_, folder_, name, text);
}

Result<std::string> PlaybookShelf::text(const std::string& hash_hex) { return env_.read_file(folder_ + "/" + hash_hex + ".json", cacao::kPlaybookBytesMax); }

}  // namespace tocsin
