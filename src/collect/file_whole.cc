// Logs that are read whole: event logs and JSON documents, packed or not.
#include <fmt/format.h>

#include "collect/file_records.h"

namespace tocsin {

namespace {

/// Paths of event logs, which nobody asks what they mean.
class NoNames : public Naming {
 public:
  PathMeaning meaning(std::string_view) const override { return {}; }
};
const NoNames kNoNames;

}  // namespace

/// What a file's event log records need.
class WholeFileRecords::Evtx {
 public:
  Evtx() : paths_(kNoNames), reader_(paths_) {}

  template <class Record, class Damage>
  void read(std::string_view chunk, Record&& record, Damage&& damage) {
    const EvtxChunkStats stats = reader_.read({chunk.data(), chunk.size()}, [&](const EvtxRecord& one, Event& event) {
      if (one.damage != nullptr) damage(one.damage);
      text_.clear();
      json_.append(event, paths_, text_);
      record(text_);
    });
    const bool lost = stats.skipped_bytes > 0 || stats.truncated || !stats.magic_ok;
    if (lost && stats.damaged == 0 && stats.damage != nullptr) damage(stats.damage);
  }

 private:
  PathTable paths_;
  EvtxChunkReader reader_;
  EventJson json_;
  std::string text_;
};

WholeFileRecords::WholeFileRecords(WatchedFile& file, const FileMark& mark, TimeUs modified, const FileRules& rules, std::size_t batch_bytes)
    : batch_bytes_(batch_bytes), reader_(BlockReader::open(front_to_back(file), mark.path, modified, rules.text)), taken_(mark.offset) {}

WholeFileRecords::~WholeFileRecords() = default;

void WholeFileRecords::damaged(std::string_view what) {
  if (damages_++ == 0) damage_ = what;
}

void WholeFileRecords::take(std::string_view raw, FileBatch& batch) {
  if (passed_++ < taken_) return;
  batch.add(raw);
  batch.mark.offset = passed_;
}

Status WholeFileRecords::take_block(FileBatch& batch) {
  const Result<bool> more = reader_->next(block_);
  if (!more && more.error().code == Code::kIo) return more.error();
  if (!more) damaged(more.error().message);
  if (!more || !*more) {
    ended_ = more.has_value();  // after an error comes the end
    return {};
  }
  if (block_.format == Format::kEvtx) {
    if (evtx_ == nullptr) evtx_ = std::make_unique<Evtx>();
    evtx_->read(block_.text(), [&](std::string_view raw) { take(raw, batch); }, [&](const char* what) { damaged(what); });
    return {};
  }
  if (block_.format != Format::kJsonDocument) damaged("no event log and no JSON document any more");
  for (const Piece& piece : block_.pieces) {
    if (piece.damage != nullptr) {
      damaged(piece.damage);
    } else {
      take(block_.text().substr(piece.from, piece.size), batch);
    }
  }
  return {};
}

Result<FileRead> WholeFileRecords::next(const FileMark& mark, FileBatch& batch) {
  batch.begin(mark);
  while (!ended_ && batch.bytes.size() < batch_bytes_) TRY(take_block(batch));
  if (ended_ && passed_ < taken_) return FileRead::kReplaced;
  if (ended_ && damages_ > 1) damage_ += fmt::format(" (and {} more)", std::exchange(damages_, 1) - 1);
  return ended_ ? FileRead::kEnd : FileRead::kMore;
}

}  // namespace tocsin
