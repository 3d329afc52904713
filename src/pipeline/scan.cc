#include "pipeline/scan.h"

#include "pipeline/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace tocsin {

Scan::Scan(Env& env, Engine& engine, ScanOptions options, const AlertWriter& writer, ByteSink& sink)
    : env_(env),
      engine_(engine),
      options_(options),
      writer_(writer),
      hit_fields_(wanted_hit_fields(engine.rules())),
      output_(env, sink, !engine.rules().correlations.empty()),
      hits_(env, options.hit_bytes_max) {
  if (options_.worker.enricher != nullptr) known_.emplace(options_.worker.enricher, options_.worker.hosts);
}

bool Scan::next_block(Block& block, Ticket& ticket) {
  const std::lock_guard<std::mutex> lock(read_mutex_);
  while (true) {
    if (reader_ == nullptr) {
      if (next_file_ == files_.size()) return false;
      Result<std::unique_ptr<BlockReader>> opened = BlockReader::open(env_, files_[next_file_].path, engine_.text_rules());
      ++next_file_;
      if (!opened) {
        read_errors_.emplace_back(next_file_ - 1, opened.error());
        ++progress_.inputs_done;
        continue;
      }
      reader_ = std::move(*opened);
    }
    const auto source = static_cast<std::uint32_t>(next_file_ - 1);
    const Result<bool> more = reader_->next(block);
    if (more && *more) {
      ticket = {next_sequence_++, source};
      progress_.bytes += block.size;
      return true;
    }
    if (!more) read_errors_.emplace_back(source, more.error());
    reader_.reset();
    ++progress_.inputs_done;
  }
}

void Scan::work(std::unique_ptr<Worker>& worker) {
  Block block;
  Ticket ticket;
  while (next_block(block, ticket)) {
    BlockResult result;
    result.sequence = ticket.sequence;
    result.source = ticket.source;
    result.offset = block.offset;
    worker->process(block, files_[ticket.source].source, result);
    deliver(std::move(result));
  }
}

/// Puts the result in its place; whoever holds the next one in order writes what has become complete. A thread that is
/// too far ahead waits, so that results do not pile up behind one slow block.
void Scan::deliver(BlockResult&& result) {
  std::unique_lock<std::mutex> lock(order_mutex_);
  const std::uint64_t ahead = kBlocksAheadPerThread * options_.threads;
  order_moved_.wait(lock, [&] { return result.sequence < next_out_ + ahead; });
  if (result.sequence != next_out_) {
    const std::uint64_t sequence = result.sequence;
    waiting_.emplace(sequence, std::move(result));
    return;
  }
  emit(result);
  ++next_out_;
  while (!waiting_.empty() && waiting_.begin()->first == next_out_) {
    emit(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    ++next_out_;
  }
  order_moved_.notify_all();
}

void Scan::emit(BlockResult& result) {
  if (result.source != out_source_) {
    out_source_ = result.source;
    out_index_ = out_line_ = 0;
  }
  const std::string& source = files_[result.source].source;
  std::size_t text_at = 0, hole = 0;
  for (const PendingAlert& alert : result.alerts) {
    const std::uint64_t index = out_index_ + alert.local_index;
    const RuleCard& card = engine_.card(alert.card);
    line_.clear();
    for (; hole < alert.holes_end; ++hole) {
      const AlertText::Hole& place = result.text.holes[hole];
      line_.append(result.text.text, text_at, place.at - text_at);
      text_at = place.at;
      if (place.kind == AlertText::Hole::Kind::kId) {
        line_.append(alert_id(card.id, {{source, index}}));
      } else {
        fmt::format_to(std::back_inserter(line_), "{}", index);
      }
    }
    line_.append(result.text.text, text_at, alert.text_end - text_at);
    text_at = alert.text_end;
    output_.add({result.source, engine_.rank(alert.card), index}, line_);
  }
  progress_.alerts += result.alerts.size();
  keep_hits(result);
  if (result.damaged > 0) describe_damage(result);
  out_index_ += result.events;
  sources_[result.source].records = out_index_;
  out_line_ += result.lines;
}

void Scan::describe_damage(const BlockResult& result) {
  SourceState& state = sources_[result.source];
  state.damaged += result.damaged;
  for (const Damage& damage : result.damage) {
    state.by_line = damage.by_line;
    if (state.messages.size() >= BlockResult::kDamageShownMax) return;
    state.messages.push_back(damage.by_line ? fmt::format("line {}: {}", out_line_ + damage.at, damage.what)
                                            : fmt::format("byte {}: {}", result.offset + damage.at, damage.what));
  }
}

/// How much of an input that is damage, so that nobody takes one bad line for a lost file.
std::string Scan::damage_in_all(const SourceState& state) {
  const char* const what = state.by_line ? "lines" : "records";
  // What stands between records is damage of no record.
  if (state.damaged > state.records) return fmt::format("{} places could not be read; {} {} were found", state.damaged, state.records, what);
  const char* const rest = state.damaged == state.records ? "" : "; the rest was scanned";
  return fmt::format("{} of {} {} could not be read{}", state.damaged, state.records, what, rest);
}

void Scan::finish_problems(ScanSummary& summary) {
  for (const auto& [source, error] : read_errors_) {
    sources_[source].failed = true;
    summary.problems.push_back({files_[source].source, error.message});
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const SourceState& state = sources_[i];
    summary.records += state.records;
    if (state.failed || state.damaged > 0) ++summary.inputs_failed;
    if (state.damaged == 0) continue;
    if (!state.failed) ++summary.inputs_damaged;
    for (const std::string& message : state.messages) summary.problems.push_back({files_[i].source, message});
    summary.problems.push_back({files_[i].source, damage_in_all(state)});
  }
}

void Scan::find_silent(ScanSummary& summary) {
  std::vector<match::Matcher::Seen> seen;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    std::vector<match::Matcher::Seen> more = worker->seen();
    seen.insert(seen.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  summary.silent = silent_rules(engine_.rules(), engine_.log_sources(), seen);
}

Result<ScanSummary> Scan::run(std::vector<FoundFile> files) {
  std::ranges::sort(files, {}, &FoundFile::source);
  const auto same = [](const FoundFile& a, const FoundFile& b) { return a.source == b.source; };
  files.erase(std::unique(files.begin(), files.end(), same), files.end());
  files_ = std::move(files);
  sources_.resize(files_.size());
  progress_.inputs = files_.size();
  for (unsigned i = 0; i < options_.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(engine_, options_.worker, writer_, hit_fields_));
  }
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < options_.threads; ++i) threads.emplace_back([this, i] { work(workers_[i]); });
  work(workers_.front());
  for (std::thread& thread : threads) thread.join();

  ScanSummary summary;
  for (const std::unique_ptr<Worker>& worker : workers_) summary.merge(worker->summary());
  summary.inputs = files_.size();
  finish_problems(summary);
  find_silent(summary);
  correlate(summary);
  if (Status status = output_.finish(); !status) return Error(status.error());
  return summary;
}

}  // namespace tocsin
