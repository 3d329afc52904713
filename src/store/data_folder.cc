#include "store/data_folder.h"

#include <string_view>

#include "base/sha256.h"

namespace tocsin {

namespace {

constexpr std::string_view kOneKey = "tocsin-key-1", kTwoKeys = "tocsin-key-2";
constexpr std::size_t kKeyDigits = 2 * kSealKeyBytes;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Status make_folders(Env& env, const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (!env.is_folder(above)) TRY(env.make_folder(above));
  }
  return env.make_folder(path);
}

namespace {

/// A space and a key, taken away from the front; kInvalid if that is not there.
Result<SealKey> take_key(std::string_view& text) {
  const Error wrong{Code::kInvalid, "is not a key"};
  if (text.size() < 1 + kKeyDigits || text.front() != ' ') return wrong;
  std::string bytes;
  for (std::size_t i = 1; i < 1 + kKeyDigits; i += 2) {
    const int high = digit_of(text[i]), low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) return wrong;
    bytes += static_cast<char>(high * 16 + low);
  }
  text.remove_prefix(1 + kKeyDigits);
  return SealKey::from(bytes);
}

Result<SealKeys> parse_keys(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::string_view word = text.substr(0, kOneKey.size());
  text.remove_prefix(word.size());
  SealKeys keys{TRY(take_key(text)), std::nullopt};
  if (word == kTwoKeys) keys.before = TRY(take_key(text));
  if ((word != kOneKey && word != kTwoKeys) || !text.empty()) return Error{Code::kInvalid, "is not a key"};
  return keys;
}

void append_key(std::string& text, const SealKey& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += ' ';
  for (const char c : key.bytes()) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

Result<SealKeys> read_key(Env& env, const std::string& path) {
  const Result<std::string> text = env.read_file(path, 4096);
  if (!text && text.error().code == Code::kNotFound) return Error{Code::kNotFound, text.error().message + "; --key-file says where the key of the data is"};
  if (!text) return text.error();
  Result<SealKeys> keys = parse_keys(*text);
  if (!keys) return Error{Code::kInvalid, path + ": is not a key of tocsin; restore it from where you keep a copy"};
  return keys;
}

std::string key_text(const SealKey& key) {
  std::string text(kOneKey);
  append_key(text, key);
  return text;
}

Result<SealKey> read_key_text(std::string_view text) {
  SealKeys keys = TRY(parse_keys(text));
  return std::move(keys.now);
}

Status write_key(Env& env, const std::string& path, const SealKeys& keys) {
  std::string text(keys.before ? kTwoKeys : kOneKey);
  append_key(text, keys.now);
  if (keys.before) append_key(text, *keys.before);
  text += '\n';
  const std::string unfinished = path + ".new";
  const Status gone = env.remove_file(unfinished);  // of an attempt that was cut short
  if (!gone && gone.error().code != Code::kNotFound) return gone;
  {
    const std::unique_ptr<DurableFile> file = TRY(env.create_durable(unfinished));
    TRY(file->append(text));
    TRY(file->sync());
  }
  TRY(env.rename_file(unfinished, path));
  return env.sync_folder(folder_of(path));
}

std::string key_mark(const SealKey& key) {
  std::string mark;
  append_hex(mark, sha256("tocsin-key-mark " + std::string(key.bytes())), 8);
  return mark;
}

Result<SealKeys> read_or_make_key(Env& env, const std::string& path) {
  Result<SealKeys> there = read_key(env, path);
  if (there || there.error().code != Code::kNotFound) return there;
  TRY(make_folders(env, folder_of(path)));
  SealKeys keys{TRY(SealKey::random()), std::nullopt};
  TRY(write_key(env, path, keys));
  return keys;
}

}  // namespace tocsin
