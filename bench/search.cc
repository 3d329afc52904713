// How fast is a search of what is stored, against what? Stores the lines of log files as segments, as the service does, and the same lines
// as one file of zstd; then, in turn and in one process, five times each and by the clock:
//   yardstick  zstd -dc | LC_ALL=C grep -cF
//   search     the segments hashed, a search opened, the events counted that contain the same text, in any case
//   filter     a count by a promoted column, in a search that is open and has been asked before
// and prints the medians and their ratios. What is counted is counted by reading every line, too; fails if that is another number. No
// time passes or fails.
//
//   bench_search FOLDER LOGS [COPIES [TEXT…]]     LOGS: a folder of NDJSON, stored COPIES times (6). FOLDER is left with what was written.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/text.h"
#include "pipeline/record_reader.h"
#include "store/search.h"
#include "store/segment_writer.h"
#include "store/text_pattern.h"

namespace tocsin {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kSegmentBytes = 128u << 20;
constexpr TimeUs kNoon = 1'785'153'600'000'000;  // 2026-07-27T12:00:00Z
constexpr std::string_view kEventCode = "4688";

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// The lines of all files, so many times, in stretches of a segment each; counts those that have the event code.
class Lines : public store::RowSource {
 public:
  Lines(const std::vector<std::string>& texts, int copies, const Taxonomy& taxonomy, LogSourceTable& log_sources)
      : texts_(texts), copies_(copies), log_sources_(log_sources), reader_(taxonomy, log_sources) {}

  std::uint64_t with_event_code() const { return with_event_code_; }

  Status start() override {
    bytes_ = 0;
    return {};
  }

  Result<bool> next(store::EventRow& row) override {
    std::string_view line;
    while (line.empty()) {
      if (bytes_ >= kSegmentBytes || !line_at(line)) return false;
    }
    const TimeUs received = kNoon + static_cast<TimeUs>(sequence_);
    reader_.read(line, received, columns_);
    with_event_code_ += columns_.text(Column::kEventCode) == kEventCode ? 1 : 0;
    row = {sequence_++, received, "bench", line, &columns_, &log_sources_.get(columns_.log_source)};
    bytes_ += line.size();
    return true;
  }

 private:
  bool line_at(std::string_view& line) {
    if (file_ == texts_.size()) {
      file_ = 0;
      --copies_;
    }
    if (copies_ == 0) return false;
    const std::string& text = texts_[file_];
    const std::size_t end = std::min(text.find('\n', at_), text.size());
    line = std::string_view(text).substr(at_, end - at_);
    at_ = end + 1;
    if (at_ >= text.size()) {
      at_ = 0;
      ++file_;
    }
    return true;
  }

  const std::vector<std::string>& texts_;
  int copies_;
  LogSourceTable& log_sources_;
  RecordReader reader_;
  EventColumns columns_;
  std::size_t file_ = 0, at_ = 0, bytes_ = 0;
  std::uint64_t sequence_ = 0, with_event_code_ = 0;
};

/// Keeps the one number of the one row.
class Number : public store::SearchVisitor {
 public:
  void columns(const std::vector<std::string>&) override {}
  bool row(const std::vector<store::SearchValue>& values) override {
    number = std::stoull(values.at(0).text);
    return true;
  }
  std::uint64_t number = 0;
};

Result<std::uint64_t> count(store::Search& search, const std::string& text) {
  const auto query = store::parse_query(text + " | count");
  if (!query) return Error{Code::kInvalid, store::format_mistake(text, query.error())};
  Number number;
  TRY(search.run(store::compile_query(*query, {.relation = std::string(store::Search::kRelation), .since = {}, .until = {}}), number));
  return number.number;
}

/// What grep prints; popen, since the yardstick is the tools that people have.
std::uint64_t grep(const std::string& zst, const std::string& needle) {
  std::string quoted;
  for (const char c : needle) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  std::FILE* const pipe = ::popen(fmt::format("zstd -dcq '{}' | LC_ALL=C grep -cF -e '{}'", zst, quoted).c_str(), "r");
  unsigned long long lines = 0;
  if (pipe == nullptr || std::fscanf(pipe, "%llu", &lines) != 1) fmt::print(stderr, "zstd and grep do not run\n");
  if (pipe != nullptr) ::pclose(pipe);
  return lines;
}

class Bench {
 public:
  Bench(std::string folder, int copies) : folder_(std::move(folder)), copies_(copies) {}

  Status read(const std::string& logs) {
    std::vector<Error> errors;
    for (const FoundFile& file : find_files(env_, logs, errors)) {
      std::ifstream in(file.path, std::ios::binary);
      texts_.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
      if (!texts_.back().ends_with('\n')) texts_.back() += '\n';
    }
    if (texts_.empty()) return Error{Code::kNotFound, logs + ": there are no logs"};
    return {};
  }

  Status store() {
    taxonomy_ = TRY(Taxonomy::load(Taxonomy::shipped()));
    TRY(env_.make_folder(folder_ + "/segments"));
    store::SegmentWriter writer(env_, folder_ + "/segments");
    TRY(writer.remove_strangers({}));
    Lines lines(texts_, copies_, *taxonomy_, log_sources_);
    std::uint64_t rows = 0, raw_bytes = 0, bytes = 0;
    while (const std::optional<store::Segment> segment = TRY(writer.write(lines))) {
      segments_.push_back(*segment);
      rows += segment->rows;
      raw_bytes += segment->raw_bytes;
      bytes += segment->bytes;
    }
    with_event_code_ = lines.with_event_code();
    fmt::print("{} events, {:.1f} MB; {} segments, {:.1f} MB\n", rows, static_cast<double>(raw_bytes) / 1e6, segments_.size(), static_cast<double>(bytes) / 1e6);
    return compress();
  }

  Status texts(const std::vector<std::string>& needles) {
    for (const std::string& needle : needles) TRY(text(needle));
    return {};
  }

  Status filter() {
    const std::string query = "event_code:" + std::string(kEventCode);
    const std::unique_ptr<store::Search> search = TRY(open());
    (void)TRY(count(*search, query));
    std::vector<double> times;
    for (int i = 0; i < kRounds; ++i) {
      const double began = now();
      const std::uint64_t found = TRY(count(*search, query));
      TRY(agree(query, found, with_event_code_));
      times.push_back(now() - began);
    }
    fmt::print("{:<28}{:>8} events  filter {:.3f} s\n", query, with_event_code_, median(times));
    return {};
  }

 private:
  Status compress() {
    std::FILE* const pipe = ::popen(fmt::format("zstd -3 -q -f -o '{}'", zst()).c_str(), "w");
    if (pipe == nullptr) return Error{Code::kIo, "zstd does not run"};
    bool good = true;
    for (int i = 0; i < copies_; ++i) {
      for (const std::string& text : texts_) good = good && std::fwrite(text.data(), 1, text.size(), pipe) == text.size();
    }
    if (::pclose(pipe) != 0 || !good) return Error{Code::kIo, zst() + " cannot be written"};
    return {};
  }

  Status text(const std::string& needle) {
    std::string query = "\"";
    for (const char c : store::write_wild({{store::WildPart::Kind::kLiteral, needle}})) query += c == '"' ? "\"\"" : std::string(1, c);
    query += '"';
    const std::uint64_t expected = slow_count(needle);
    std::vector<double> yardstick, hashing, opening, asking, whole;
    for (int i = 0; i < kRounds; ++i) {
      const double began = now();
      if (grep(zst(), needle) > expected) return Error{Code::kInvalid, needle + ": grep finds more"};
      const double grepped = now();
      TRY(check());
      const double hashed = now();
      const std::unique_ptr<store::Search> search = TRY(open());
      const double opened = now();
      const std::uint64_t found = TRY(count(*search, query));
      TRY(agree(query, found, expected));
      const double asked = now();
      yardstick.push_back(grepped - began);
      hashing.push_back(hashed - grepped);
      opening.push_back(opened - hashed);
      asking.push_back(asked - opened);
      whole.push_back(asked - grepped);
    }
    fmt::print("{:<28}{:>8} events  yardstick {:.3f} s  search {:.3f} s ({:.3f} hashing, {:.3f} opening, {:.3f} asking): {:.2f} of the yardstick\n", query,
               expected, median(yardstick), median(whole), median(hashing), median(opening), median(asking), median(whole) / median(yardstick));
    return {};
  }

  static Status agree(const std::string& query, std::uint64_t found, std::uint64_t expected) {
    if (found == expected) return {};
    return Error{Code::kInvalid, fmt::format("{}: finds {} events, there are {}", query, found, expected)};
  }

  /// Line by line, folded.
  std::uint64_t slow_count(const std::string& needle) const {
    const std::string wanted = folded(needle);
    std::uint64_t found = 0;
    for (const std::string& text : texts_) {
      for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = text.find('\n', at);
        found += folded(std::string_view(text).substr(at, end - at)).find(wanted) != std::string::npos ? 1 : 0;
      }
    }
    return found * static_cast<std::uint64_t>(copies_);
  }

  Status check() {
    for (const store::Segment& segment : segments_) TRY(store::check_segment(env_, folder_ + "/segments", segment));
    return {};
  }

  Result<std::unique_ptr<store::Search>> open() {
    store::SearchTarget target;
    target.folder = folder_ + "/segments";
    for (const store::Segment& segment : segments_) target.files.push_back(segment.file);
    target.fields = [this] { return std::make_unique<RecordReader>(*taxonomy_, log_sources_); };
    return store::Search::open({}, target);
  }

  std::string zst() const { return folder_ + "/all.zst"; }

  Env& env_ = Env::system();
  const std::string folder_;
  const int copies_;
  std::vector<std::string> texts_;
  std::unique_ptr<const Taxonomy> taxonomy_;
  LogSourceTable log_sources_;
  std::vector<store::Segment> segments_;
  std::uint64_t with_event_code_ = 0;
};

Status run(const std::string& folder, const std::string& logs, int copies, const std::vector<std::string>& needles) {
  Bench bench(folder, copies);
  TRY(bench.read(logs));
  TRY(bench.store());
  TRY(bench.texts(needles));
  return bench.filter();
}

}  // namespace
}  // namespace tocsin

int main(int count, char** arguments) {
  const int copies = count > 3 ? std::atoi(arguments[3]) : 6;
  if (count < 3 || copies < 1 || copies > 1'000) {
    fmt::print(stderr, "usage: bench_search FOLDER LOGS [COPIES [TEXT...]]\n");
    return 2;
  }
  std::vector<std::string> needles(arguments + std::min(count, 4), arguments + count);
  if (needles.empty()) needles = {"mimikatz", "Microsoft-Windows-Sysmon", "1410", "zzqxj"};
  const tocsin::Status done = tocsin::run(arguments[1], arguments[2], copies, needles);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
