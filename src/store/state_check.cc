#include "store/state_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/bytes.h"
#include "base/sha256.h"

namespace tocsin {

namespace {

constexpr std::string_view kMarkWord = "TOCSINM1";
constexpr std::size_t kMarkCheckedBytes = 24;
constexpr std::uint32_t kLogWord = 0x377f0682;  // its last bit: sums take words big-endian
constexpr std::uint64_t kLockedPage = (std::uint64_t{1} << 30) / kStatePageBytes + 1;  // SQLite locks bytes of it and never writes it
/// The service may be writing the page that is read.
constexpr int kPageTries = 4;
constexpr std::chrono::milliseconds kPagePause{10};

std::string_view text_of(const Sha256& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::uint32_t big_number_at(std::string_view bytes, std::size_t at) { return __builtin_bswap32(number_at<std::uint32_t>(bytes, at)); }

/// `bytes` are a multiple of 8.
LogSums add_to_sums(LogSums sums, bool big_endian, std::string_view bytes) {
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    sums.first += (big_endian ? big_number_at(bytes, at) : number_at<std::uint32_t>(bytes, at)) + sums.second;
    sums.second += (big_endian ? big_number_at(bytes, at + 4) : number_at<std::uint32_t>(bytes, at + 4)) + sums.first;
  }
  return sums;
}

}  // namespace

PageCheck check_of_page(std::uint64_t number, std::string_view content) {
  thread_local std::string bytes;
  bytes.assign(content);
  append_number(bytes, number);
  PageCheck check;
  std::ranges::copy(text_of(sha256(bytes)).substr(0, check.size()), check.begin());
  return check;
}

bool page_checks(std::uint64_t number, std::string_view page) {
  const std::size_t size = page.size() - kPageCheckBytes;
  const PageCheck check = check_of_page(number, page.substr(0, size));
  return page.substr(size) == std::string_view(check.data(), check.size());
}

LogSums log_sums_at(std::string_view bytes, std::size_t at) { return {big_number_at(bytes, at), big_number_at(bytes, at + 4)}; }

std::optional<LogHeader> read_log_header(std::string_view bytes) {
  if (bytes.size() < kLogHeaderBytes || (big_number_at(bytes, 0) & ~1u) != kLogWord) return std::nullopt;
  LogHeader log;
  log.big_endian = (big_number_at(bytes, 0) & 1) != 0;
  log.page_bytes = big_number_at(bytes, 8);
  log.salts = bytes.substr(16, 8);
  log.sums = log_sums_at(bytes, 24);
  if (add_to_sums({}, log.big_endian, bytes.substr(0, 24)) != log.sums) return std::nullopt;
  if (log.page_bytes < 512 || log.page_bytes > 65'536) return std::nullopt;
  return log;
}

bool log_frame_checks(const LogHeader& log, LogSums before, std::string_view frame) {
  if (frame.substr(8, 8) != log.salts) return false;
  const LogSums sums = add_to_sums(add_to_sums(before, log.big_endian, frame.substr(0, 8)), log.big_endian, frame.substr(kLogFrameHeaderBytes));
  return sums == log_sums_at(frame, 16);
}

std::string log_mark_text(const LogMark& mark) {
  std::string text(kMarkWord);
  text += mark.salts;
  append_number(text, mark.end);
  text += text_of(sha256(text)).substr(0, kLogMarkBytes - kMarkCheckedBytes);
  return text;
}

std::optional<LogMark> read_log_mark(std::string_view bytes) {
  if (bytes.size() != kLogMarkBytes || !bytes.starts_with(kMarkWord)) return std::nullopt;
  if (bytes.substr(kMarkCheckedBytes) != text_of(sha256(bytes.substr(0, kMarkCheckedBytes))).substr(0, kLogMarkBytes - kMarkCheckedBytes)) return std::nullopt;
  return LogMark{std::string(bytes.substr(8, 8)), number_at<std::uint64_t>(bytes, 16)};
}

namespace {

/// Behind a frame that does not check: is there a transaction that was safe? One was if another began behind it, since each is synced before the next.
Result<bool> was_safe_behind(const ReadAt& read, const LogHeader& log, std::uint64_t frame) {
  bool ended = false;
  std::string header(kLogFrameHeaderBytes, '\0');
  for (; TRY(read(log.frame_at(frame), header.data(), header.size())); ++frame) {
    if (std::string_view(header).substr(8, 8) != log.salts) continue;
    if (ended) return true;
    ended = big_number_at(header, 4) != 0;
  }
  return false;
}

}  // namespace

Result<std::optional<std::string>> log_damage(const ReadAt& read, std::uint64_t bytes, const std::optional<LogMark>& mark) {
  if (bytes <= kLogHeaderBytes) return std::optional<std::string>();
  std::string header(kLogHeaderBytes, '\0');
  if (!TRY(read(0, header.data(), header.size()))) return std::optional<std::string>();
  const std::optional<LogHeader> log = read_log_header(header);
  if (!log) return std::optional<std::string>("its header is not what was written");
  const std::uint64_t safe = mark && mark->salts == log->salts ? mark->end : 0;
  LogSums sums = log->sums;
  std::string frame(kLogFrameHeaderBytes + log->page_bytes, '\0');
  std::uint64_t number = 0;
  while (TRY(read(log->frame_at(number), frame.data(), frame.size())) && log_frame_checks(*log, sums, frame)) {
    sums = log_sums_at(frame, 16);
    ++number;
  }
  if (log->frame_at(number) >= safe && !TRY(was_safe_behind(read, *log, number))) return std::optional<std::string>();
  return std::optional<std::string>(fmt::format("frame {} (at byte {}) is not what was written", number + 1, log->frame_at(number)));
}

namespace {

/// A whole file, in memory: states are of some hundred megabytes at most, logs of a few.
constexpr std::size_t kLogBytesMax = std::size_t{1} << 30;

Result<std::optional<std::string>> damage_of_log(Env& env, const std::string& path) {
  const Result<std::string> log = env.read_file(path + "-wal", kLogBytesMax);
  if (!log && log.error().code == Code::kNotFound) return std::optional<std::string>();
  if (!log) return log.error();
  const std::string mark = env.read_file(path + "-mark", kLogMarkBytes).value_or("");
  const ReadAt read = [&](std::uint64_t offset, char* into, std::size_t size) -> Result<bool> {
    if (offset > log->size() || size > log->size() - offset) return false;
    std::memcpy(into, log->data() + offset, size);
    return true;
  };
  std::optional<std::string> damage = TRY(log_damage(read, log->size(), read_log_mark(mark)));
  if (!damage) return damage;
  return std::optional<std::string>(fmt::format("{}-wal: {}", path, *damage));
}

bool is_checked(std::string_view first_page) { return page_checks(1, first_page) || first_page[kReservedAt] != 0; }

/// Numbers of pages that do not check, up to `most` of them; none of an older file, which has no checks.
Result<std::vector<std::uint64_t>> wrong_pages(Env& env, const std::string& path) {
  const std::unique_ptr<File> file = TRY(env.open(path));
  std::vector<std::uint64_t> wrong;
  std::string page(kStatePageBytes, '\0');
  for (std::uint64_t number = 1;; ++number) {
    std::size_t have = 0;
    while (have < page.size()) {
      const std::size_t got = TRY(file->read(page.data() + have, page.size() - have));
      if (got == 0) break;
      have += got;
    }
    if (have == 0) return wrong;
    if (have < page.size()) {
      wrong.push_back(number);
      return wrong;
    }
    if (number == 1 && !is_checked(page)) return wrong;
    if (number != kLockedPage && !page_checks(number, page)) wrong.push_back(number);
  }
}

}  // namespace

Result<std::vector<std::string>> state_damage(Env& env, const std::string& path) {
  std::vector<std::string> damage;
  std::vector<std::uint64_t> wrong = TRY(wrong_pages(env, path));
  for (int i = 1; i < kPageTries && !wrong.empty(); ++i) {
    std::this_thread::sleep_for(kPagePause);
    const std::vector<std::uint64_t> again = TRY(wrong_pages(env, path));
    std::erase_if(wrong, [&](std::uint64_t number) { return !std::ranges::binary_search(again, number); });
  }
  for (const std::uint64_t number : wrong) damage.push_back(fmt::format("{}: page {} is not what was written", path, number));
  if (std::optional<std::string> of_log = TRY(damage_of_log(env, path))) damage.push_back(std::move(*of_log));
  const Result<std::string> mark = env.read_file(path + "-mark", kLogMarkBytes);
  if (mark ? !read_log_mark(*mark) : mark.error().code != Code::kNotFound) {
    damage.push_back(path + "-mark: is not what was written; nothing is lost by that, and the service writes it again");
  }
  return damage;
}

}  // namespace tocsin
