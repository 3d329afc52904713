#include "api/search_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "pipeline/search_request.h"
#include "store/query.h"

namespace tocsin::api {

namespace {

/// How often somebody who waits looks whether the search was cancelled.
constexpr int kLookMs = 100;
/// After the end of its output a process has this long to say its exit code.
constexpr int kExitMs = 2'000;

std::vector<std::string> words_of(const SearchWanted& wanted) {
  std::vector<std::string> words = {"--format", "ndjson", "--timeout", std::to_string(wanted.seconds)};
  if (!wanted.since.empty()) words.push_back("--since=" + wanted.since);
  if (!wanted.until.empty()) words.push_back("--until=" + wanted.until);
  if (wanted.count) words.emplace_back("--count");
  if (!wanted.sql.empty()) {
    words.push_back("--sql=" + wanted.sql);
  } else {
    words.insert(words.end(), {"--", wanted.query});
  }
  return words;
}

/// What the process complains about is not known here: without a bound nothing is left out.
std::optional<TimeUs> bound(const std::string& text, TimeUs now) {
  const Result<TimeUs> time = text.empty() ? Result<TimeUs>(Error{Code::kInvalid, ""}) : store::parse_since(text, now);
  if (!time) return std::nullopt;
  return *time;
}

}  // namespace

/// The process is made early, since it takes longer than a search. Where that fails each search says so.
SearchLane::SearchLane(Env& env, State& state, const DataFolder& data, MakeSearches make)
    : env_(env),
      state_(state),
      data_(data),
      checked_(env, data.segments()),
      starter_(std::move(make)),
      workers_(kSearchesMax, kSearchesWaitingMax) {
  (void)starter_.warm_up();
}

Result<std::unique_ptr<SearchRun>> SearchLane::start(const SearchWanted& wanted, Gone gone) {
  if (stopping_) return Error{Code::kLimit, "the service is stopping"};
  if (++running_ > kSearchesMax) {
    --running_;
    return Error{Code::kLimit, fmt::format("{} searches run already, which is the most; try again soon", kSearchesMax)};
  }
  const std::int64_t until_ns = env_.monotonic_ns() + static_cast<std::int64_t>(wanted.seconds + kSearchGraceSeconds) * 1'000'000'000;
  std::unique_ptr<SearchRun> run(new SearchRun(*this, until_ns, std::move(gone)));
  TRY(run->begin(wanted));
  return run;
}

SearchRun::SearchRun(SearchLane& lane, std::int64_t until_ns, Gone gone) : lane_(lane), until_ns_(until_ns), gone_(std::move(gone)) {}

/// The child is asked for first, so that it gets ready while it is found out what there is to read.
Status SearchRun::begin(const SearchWanted& wanted) {
  child_ = TRY(lane_.starter_.start(wanted.seconds));
  ::fcntl(child_.complaints.get(), F_SETFL, O_NONBLOCK);
  const std::string request = write_search_request({words_of(wanted), TRY(choose(wanted))});
  if (request.size() > kSearchRequestBytesMax) return Error{Code::kLimit, "there are too many segments for one search; narrow it by time"};
  if (send_all(child_.request.get(), request)) (void)::shutdown(child_.request.get(), SHUT_WR);  // a process that is gone has no exit code
  return {};
}

Result<StoredChoice> SearchRun::choose(const SearchWanted& wanted) {
  readers_ = TRY(lane_.env_.share_file(lane_.data_.readers()));
  const Result<State::Stored> stored = lane_.state_.stored();
  if (stored) lane_.checked_.keep(stored->segments);
  const TimeUs now = lane_.env_.now_us();
  return choose_stored(stored, bound(wanted.since, now), bound(wanted.until, now), [this](const store::Segment& segment) -> Status {
    if (is_over()) return Error{Code::kDenied, segment.file + ": is not checked, since the search is over"};
    return lane_.checked_.check(segment);
  });
}

SearchRun::~SearchRun() {
  finish();
  --lane_.running_;
}

bool SearchRun::is_over() const { return cancelled_ || lane_.stopping_ || (gone_ != nullptr && *gone_) || lane_.env_.monotonic_ns() >= until_ns_; }

bool SearchRun::read(std::string& piece) {
  piece.clear();
  while (child_.output.is_open() && !is_over()) {
    pollfd both[2] = {{child_.output.get(), POLLIN, 0}, {child_.complaints.get(), POLLIN, 0}};
    if (::poll(both, 2, kLookMs) < 0 && errno != EINTR) return false;
    if ((both[1].revents & (POLLIN | POLLHUP)) != 0) read_complaints();
    if ((both[0].revents & (POLLIN | POLLHUP)) == 0) continue;
    piece.resize(kSearchReadBytes);
    const ssize_t got = ::read(child_.output.get(), piece.data(), piece.size());
    piece.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return got > 0;
  }
  return false;
}

void SearchRun::read_complaints() {
  char bytes[4096];
  for (ssize_t got = 0; child_.complaints.is_open() && (got = ::read(child_.complaints.get(), bytes, sizeof bytes)) != -1;) {
    if (got == 0) {
      child_.complaints.close();  // poll() passes over a -1
      return;
    }
    complaints_.append(bytes, std::min(static_cast<std::size_t>(got), kSearchComplaintBytesMax - std::min(complaints_.size(), kSearchComplaintBytesMax)));
  }
}

/// Behind all that it wrote; or nothing, if it was killed.
void SearchRun::read_exit() {
  pollfd socket = {child_.request.get(), POLLIN, 0};
  for (int waited = 0; waited < kExitMs && !is_over(); waited += kLookMs) {
    const int ready = ::poll(&socket, 1, kLookMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    std::uint8_t code = 0;
    if (::read(child_.request.get(), &code, 1) == 1) exit_ = code;
    return;
  }
}

/// It has nothing left to do by then, so that it ends by itself or by force is the same.
SearchEnd SearchRun::finish() {
  child_.output.close();
  if (child_.process.is_open()) {
    read_exit();
    ::syscall(SYS_pidfd_send_signal, child_.process.get(), SIGKILL, nullptr, 0);
    child_.process.close();
  }
  read_complaints();
  child_.complaints.close();
  child_.request.close();
  readers_.reset();
  return {exit_, complaints_};
}

}  // namespace tocsin::api
