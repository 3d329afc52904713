// The bytes by which damage to state.db is found (docs/formats/state.md): a check at the end of each page, and of its log (SQLite's WAL) whether it
// still has all that was safe, which SQLite does not ask: a frame that does not check is the end of the log to it, and what comes behind is forgotten
// without a word. Safe from any thread; the pure part touches no disk.
//
//   if (!page_checks(number, page)) …
//   for (const std::string& damage : TRY(state_damage(env, data.state()))) …      // every byte of the files, without SQLite
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace tocsin {

/// What SQLite takes by itself.
inline constexpr std::size_t kStatePageBytes = 4096;
/// At the end of each page, reserved (byte 20 of the file says so): no flip of one bit makes 0 of it, which is what older files have there.
inline constexpr std::size_t kPageCheckBytes = 20;
inline constexpr std::size_t kReservedAt = 20;

using PageCheck = std::array<char, kPageCheckBytes>;
/// Of a page without its check. Pages are counted from 1.
PageCheck check_of_page(std::uint64_t number, std::string_view content);
bool page_checks(std::uint64_t number, std::string_view page);

inline constexpr std::size_t kLogHeaderBytes = 32, kLogFrameHeaderBytes = 24;

/// SQLite's sums over the log, each over all that comes before it since the header.
struct LogSums {
  std::uint32_t first = 0, second = 0;
  auto operator<=>(const LogSums&) const = default;
};

struct LogHeader {
  bool big_endian = false;      // how the sums take words
  std::size_t page_bytes = 0;
  std::string salts;            // 8 bytes, that all its frames repeat
  LogSums sums;
  std::uint64_t frame_at(std::uint64_t frame) const { return kLogHeaderBytes + frame * (kLogFrameHeaderBytes + page_bytes); }
};
/// Empty if it does not check.
std::optional<LogHeader> read_log_header(std::string_view bytes);
/// The sums that stand in `bytes` at `at`.
LogSums log_sums_at(std::string_view bytes, std::size_t at);
/// Whether a frame, header and page, is what was written behind a place with these sums.
bool log_frame_checks(const LogHeader& log, LogSums before, std::string_view frame);

/// How far a log was made safe: written beside it after each sync, for whoever opens it after a crash. One that does not check says nothing.
struct LogMark {
  std::string salts;
  std::uint64_t end = 0;  // bytes
};
inline constexpr std::size_t kLogMarkBytes = 40;
std::string log_mark_text(const LogMark& mark);
std::optional<LogMark> read_log_mark(std::string_view bytes);

/// Exactly `size` bytes from `offset` of a file; false if it ends before.
using ReadAt = std::function<Result<bool>(std::uint64_t offset, char* into, std::size_t size)>;
/// What is damaged in a log of `bytes` bytes that nobody writes meanwhile; empty if all that is known to have been safe is there.
Result<std::optional<std::string>> log_damage(const ReadAt& read, std::uint64_t bytes, const std::optional<LogMark>& mark);

/// Everything in the files of the state at `path` that is not what was written, with its place. With a service that runs: while no transaction does. Fails
/// as the disk does.
Result<std::vector<std::string>> state_damage(Env& env, const std::string& path);

}  // namespace tocsin
