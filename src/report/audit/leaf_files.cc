#include "report/audit/leaf_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tocsin::audit {

namespace {

constexpr std::string_view kLeaves = "leaves-", kEnding = ".ndjson";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

std::string leaf_file_name(std::uint64_t first) { return fmt::format("{}{:016}{}", kLeaves, first, kEnding); }
std::string index_file_name(std::uint64_t first) { return fmt::format("index-{:016}", first); }

std::optional<std::uint64_t> leaf_file_number(std::string_view name) {
  if (name.size() != kLeaves.size() + kDigits + kEnding.size() || !name.starts_with(kLeaves) || !name.ends_with(kEnding)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const begin = name.data() + kLeaves.size();
  const auto [end, error] = std::from_chars(begin, begin + kDigits, number);
  if (error != std::errc() || end != begin + kDigits) return std::nullopt;
  return number;
}

Result<std::vector<std::uint64_t>> leaf_files(Env& env, const std::string& folder) {
  if (!env.is_folder(folder)) return Error{Code::kNotFound, folder + ": there is no audit log"};
  std::vector<std::uint64_t> numbers;
  for (const FolderEntry& entry : TRY(env.list_folder(folder))) {
    if (const std::optional<std::uint64_t> number = leaf_file_number(entry.name); number && entry.is_file) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<LineReader> LineReader::open(Env& env, const std::string& path) { return LineReader(path, TRY(env.open(path))); }

Result<std::optional<std::string_view>> LineReader::next() {
  std::size_t searched = at_;
  while (true) {
    const std::size_t feed = buffer_.find('\n', searched);
    if (feed != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(at_, feed - at_);
      if (line.size() > kLeafBytesMax) break;
      end_ += line.size() + 1;
      at_ = feed + 1;
      return std::optional<std::string_view>(line);
    }
    if (over_) return std::optional<std::string_view>();
    if (buffer_.size() - at_ > kLeafBytesMax) break;
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    buffer_.resize(searched + kReadBytes);
    const Result<std::size_t> got = file_->read(buffer_.data() + searched, kReadBytes);
    buffer_.resize(searched + got.value_or(0));
    if (!got) return got.error();
    over_ = *got == 0;
  }
  return Error{Code::kInvalid, fmt::format("{}: a line has more than {} bytes", path_, kLeafBytesMax)};
}

}  // namespace tocsin::audit
