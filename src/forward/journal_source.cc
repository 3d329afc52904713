#include "forward/journal_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/memory.h"

namespace tocsin::forward {

namespace {

constexpr const char kKey[] = "journal";
constexpr std::size_t kReadBytes = 64u << 10;
/// The words are arguments, never part of a command.
constexpr const char kScript[] = "exec journalctl \"$@\" >&3 3>&- </dev/null";

}  // namespace

JournalSource::JournalSource(Env& env, Feed& feed, ProgramStarter& shell, Options options) : env_(env), feed_(feed), shell_(shell), options_(std::move(options)) {
  const std::map<std::string, std::string> marks = feed.spool().marks();
  if (const auto mark = marks.find(kKey); mark != marks.end()) cursor_ = mark->second;
}

std::vector<std::string> JournalSource::words(const std::string& folder, const std::string& cursor) {
  std::vector<std::string> words = {"--output=export", "--follow", "--no-tail", "--no-pager", "--quiet"};
  if (!folder.empty()) words.push_back("--directory=" + folder);
  if (!cursor.empty()) words.push_back("--after-cursor=" + cursor);
  else if (folder.empty()) words.emplace_back("--boot");
  return words;
}

bool JournalSource::begin() {
  if (env_.monotonic_ns() < again_ns_) return false;
  again_ns_ = env_.monotonic_ns() + kJournalAgainNs;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    trouble_ = std::string("no pipe for journalctl: ") + std::strerror(errno);
    return false;
  }
  Descriptor reads(ends[0]);
  const Descriptor writes(ends[1]);
  ::fcntl(reads.get(), F_SETFL, O_NONBLOCK);
  std::vector<std::string> arguments = {"sh", "-c", kScript, "sh"};
  for (std::string& word : words(options_.folder, cursor_)) arguments.push_back(std::move(word));
  Result<StartedProgram> started = shell_.start({std::move(arguments), {writes.get()}, true});
  if (!started) {
    trouble_ = "journalctl: " + started.error().message;
    return false;
  }
  program_ = std::move(*started);
  pipe_ = std::move(reads);
  entries_ = JournalExport();
  read_cursor_.clear();
  return true;
}

bool JournalSource::round() {
  if (!hand_on()) return false;
  if (!pipe_.is_open() && !begin()) return false;
  return read();
}

/// What is there, up to a batch.
bool JournalSource::read() {
  std::array<char, kReadBytes> bytes;
  const ssize_t got = ::read(pipe_.get(), bytes.data(), bytes.size());
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) ended();
    return false;
  }
  if (got == 0) return ended(), false;
  entries_.read({bytes.data(), static_cast<std::size_t>(got)}, *this);
  return hand_on();
}

void JournalSource::record(const Received& received) {
  bytes_ += received.raw;
  ends_.push_back(bytes_.size());
  if (!received.id.empty()) read_cursor_ = received.id;
}

/// False, with all of it kept, if there is no room.
bool JournalSource::hand_on() {
  if (ends_.empty()) return true;
  std::vector<std::string_view> views;
  std::size_t from = 0;
  for (const std::size_t end : ends_) {
    views.push_back(std::string_view(bytes_).substr(from, end - from));
    from = end;
  }
  if (!feed_.take({kKey, read_cursor_, views})) return false;
  records_ += ends_.size();
  cursor_ = read_cursor_;
  trouble_.clear();
  told_ = false;
  empty(bytes_);
  ends_.clear();
  return true;
}

void JournalSource::ended() {
  pipe_.close();
  program_.kill();
  const std::optional<int> status = program_.wait();
  trouble_ = "journalctl " + (status ? end_text(*status) : std::string("is gone")) + "; it is started again";
  if (!std::exchange(told_, true)) options_.say(trouble_);
}

}  // namespace tocsin::forward
