#include "store/backup_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/sha256.h"

namespace tocsin::store {

namespace {

constexpr std::string_view kFirstLine = "tocsin-backup-1", kMade = "made ", kKey = "key ", kFile = "file ", kEnd = "end ", kUnknown = "unknown";
constexpr std::size_t kDigits = 64, kMarkDigits = 16;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string hex_digest(std::string_view text) {
  std::string hex;
  append_hex(hex, sha256(text), kDigits / 2);
  return hex;
}

/// Up to `end`, which is taken away too; all of it if that is not there.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return piece;
}

bool parse_file(std::string_view line, BackupFile& file) {
  file.sha256 = take_until(line, ' ');
  const std::string_view bytes = take_until(line, ' ');
  file.path = line;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), file.bytes);
  return is_hex(file.sha256, kDigits) && error == std::errc() && end == bytes.data() + bytes.size() && is_backup_path(file.path);
}

/// What stands behind the word that the line begins with; false if it begins otherwise.
bool take_word(std::string_view& line, std::string_view word) {
  if (!line.starts_with(word)) return false;
  line.remove_prefix(word.size());
  return true;
}

}  // namespace

bool is_backup_path(std::string_view path) {
  if (path.empty() || std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string write_manifest(const BackupManifest& manifest) {
  std::string text = fmt::format("{}\n{}{}\n{}{}\n", kFirstLine, kMade, manifest.made, kKey, manifest.key_mark.empty() ? kUnknown : manifest.key_mark);
  for (const BackupFile& file : manifest.files) text += fmt::format("{}{} {} {}\n", kFile, file.sha256, file.bytes, file.path);
  return text + fmt::format("{}{}\n", kEnd, hex_digest(text));
}

Result<BackupManifest> parse_manifest(std::string_view text) {
  const Error damaged{Code::kInvalid, "the list of the backup is damaged, or was never finished"};
  const std::size_t last = text.rfind(kEnd);
  if (last == std::string_view::npos || text != fmt::format("{}{}{}\n", text.substr(0, last), kEnd, hex_digest(text.substr(0, last)))) return damaged;
  BackupManifest manifest;
  std::string_view rest = text.substr(0, last);
  if (take_until(rest, '\n') != kFirstLine) return Error{Code::kInvalid, "the backup is of a format that this program does not know; use a newer one"};
  std::string_view line = take_until(rest, '\n');
  if (!take_word(line, kMade)) return damaged;
  manifest.made = line;
  line = take_until(rest, '\n');
  if (!take_word(line, kKey) || (line != kUnknown && !is_hex(line, kMarkDigits))) return damaged;
  if (line != kUnknown) manifest.key_mark = line;
  while (!rest.empty()) {
    line = take_until(rest, '\n');
    BackupFile file;
    if (!take_word(line, kFile) || !parse_file(line, file) || manifest.files.size() >= kBackupFilesMax) return damaged;
    if (!manifest.files.empty() && manifest.files.back().path >= file.path) return damaged;
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace tocsin::store
