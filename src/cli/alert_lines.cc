#include "cli/alert_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analyze/verdict_line.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "collect/byte_stream.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kMistakesShown = 5;
constexpr std::size_t kStoredPage = 1'000;

}  // namespace

void AlertLines::begin(std::string name) {
  end();
  name_ = std::move(name);
  line_number_ = 0;
}

Status AlertLines::write(std::string_view bytes) {
  for (std::size_t from = 0; from < bytes.size();) {
    const std::size_t to = bytes.find('\n', from);
    rest_.append(bytes.substr(from, to == std::string_view::npos ? bytes.npos : to - from));
    if (to == std::string_view::npos) {
      if (rest_.size() > kAlertLineMax) rest_.resize(kAlertLineMax);  // the line is too long already: no use to keep it
      return {};
    }
    line();
    from = to + 1;
  }
  return {};
}

void AlertLines::end() {
  if (!rest_.empty()) line();
}

bool AlertLines::is_whole() const {
  if (left_out_ > 0) {
    complain(fmt::format("{} alerts are in no incident: no more than {} are put together at once; --level high takes the graver ones", left_out_, analyze::kBookAlertsMax));
  }
  if (refused_ > 0) complain(fmt::format("lines that are no alerts, passed over: {}", refused_));
  return left_out_ + refused_ == 0;
}

void AlertLines::line() {
  ++line_number_;
  const std::string line = std::exchange(rest_, {});
  if (line.find_first_not_of(" \t\r") == std::string::npos) return;
  if (line.size() >= kAlertLineMax) return refuse("is longer than 16 MB");
  Result<analyze::IncidentAlert> alert = analyze::read_incident_alert(line);
  if (!alert) return refuse(alert.error().message);
  if (kept_.empty() && !keep_.empty() && alert->id.starts_with(keep_)) kept_ = line;
  if (!book_.add(std::move(*alert))) ++left_out_;
}

void AlertLines::refuse(const std::string& why) {
  if (++refused_ <= kMistakesShown) complain(fmt::format("{}:{}: {}", name_, line_number_, why));
}

bool read_alert_files(Env& env, const std::vector<std::string>& paths, AlertLines& lines) {
  bool whole = true;
  for (const std::string& path : paths) {
    std::vector<Error> unreadable;
    const std::vector<FoundFile> files = path == "-" ? std::vector<FoundFile>{{"/dev/stdin", "standard input"}} : find_files(env, path, unreadable);
    for (const FoundFile& file : files) {
      lines.begin(file.source);
      Result<std::unique_ptr<ByteStream>> stream = ByteStream::open(env, file.path);
      std::string room(1 << 16, '\0');
      while (stream) {
        const Result<std::size_t> got = (*stream)->read(room.data(), room.size());
        if (!got) unreadable.push_back(got.error());
        if (!got || *got == 0) break;
        (void)lines.write(std::string_view(room.data(), *got));
      }
      if (!stream) unreadable.push_back(stream.error());
    }
    for (const Error& error : unreadable) complain(error.message);
    whole = whole && unreadable.empty();
  }
  lines.end();
  return whole;
}

int read_stored_alerts(State& state, const StoredAlertRange& range, AlertLines& lines) {
  const Result<std::int64_t> last = state.last_alert_number();
  if (!last) return complain(last.error().message), kIncomplete;
  lines.begin("stored alerts");
  for (std::int64_t after = std::max<std::int64_t>(0, *last - static_cast<std::int64_t>(analyze::kBookAlertsMax));;) {
    const Result<std::vector<StoredAlert>> page = state.alerts_added_after(after, kStoredPage, range.level_min, range.which);
    if (!page) return complain(page.error().message), kIncomplete;
    if (page->empty()) return kDone;
    for (const StoredAlert& alert : *page) {
      after = alert.number;
      const bool wanted = alert.time == kNoTime || ((!range.since || alert.time >= *range.since) && (!range.until || alert.time <= *range.until));
      if (wanted) (void)lines.write(alert.body + '\n');
    }
  }
}

std::optional<std::uint32_t> calibration_max(const std::string& word) {
  if (word.empty()) return UINT32_MAX;
  if (word == "none") return 0;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && end == word.data() + word.size()) return number;
  complain(fmt::format("a calibration is 'none' or the number of a version (`tocsin confidence --format table` lists them), not '{}'", word));
  return std::nullopt;
}

}  // namespace tocsin::cli
