#include "cli/search_events.h"

#include "cli/event_lines.h"
#include "pipeline/record_reader.h"
#include "pipeline/worker.h"
#include "report/alert_writer.h"

namespace tocsin::cli {

namespace {

using store::SearchValue;

/// Lines are written in pieces of so many bytes.
constexpr std::size_t kPieceBytes = 64u << 10;
constexpr std::size_t kTime = 0, kSource = 1, kRaw = 2;

class EventRows : public SearchRows {
 public:
  EventRows(const std::string& format, std::unique_ptr<Engine> engine, std::shared_ptr<const enrich::Enricher> enricher, ByteSink& sink)
      : engine_(std::move(engine)), lines_(format, *engine_, std::move(enricher)), worker_(*engine_, WorkerOptions(), writer_, hits_), sink_(sink) {
    worker_.watch_all([this](const Event& event, const PathTable& paths) { lines_.append(source_, event, paths, out_); });
  }

  void columns(const std::vector<std::string>&) override {}

  /// A time without a year is that of the stored event's.
  bool row(const std::vector<SearchValue>& values) override {
    source_ = values[kSource].text;
    put_record(values[kRaw].text, parse_time(values[kTime].text).value_or(kNoTime), block_);
    worker_.process(block_, source_, result_);
    return out_.size() < kPieceBytes || finish().has_value();
  }

  Status finish() override {
    if (written_) written_ = sink_.write(out_);
    out_.clear();
    return written_;
  }

 private:
  const std::unique_ptr<Engine> engine_;
  EventLines lines_;
  const SilentWriter writer_;
  const std::vector<HitFields> hits_;  // there are no rules
  Worker worker_;
  ByteSink& sink_;
  Block block_;
  BlockResult result_;
  std::string source_, out_;
  Status written_;
};

}  // namespace

void choose_event_columns(store::Query& query) {
  store::Command command;
  command.kind = store::Command::Kind::kFields;
  for (const std::string_view name : {"time", "source", "raw"}) command.fields.push_back({store::find_column(name), std::string(name), {}});
  query.commands.push_back(std::move(command));
}

std::unique_ptr<SearchRows> make_event_rows(const std::string& format, std::unique_ptr<Engine> engine, std::shared_ptr<const enrich::Enricher> enricher, ByteSink& sink) {
  return std::make_unique<EventRows>(format, std::move(engine), std::move(enricher), sink);
}

}  // namespace tocsin::cli
