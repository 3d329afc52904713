#include "store/data_folder.h"

#include <string_view>

namespace tocsin {

namespace {

constexpr std::string_view kKeyWord = "tocsin-key-1 ";
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

Result<SealKey> read_key(Env& env, const std::string& path) {
  const Error wrong{Code::kInvalid, path + ": is not a key of tocsin; restore it from where you keep a copy"};
  Result<std::string> text = env.read_file(path, 4096);
  if (!text) return text.error();
  std::string_view digits = *text;
  while (digits.ends_with('\n')) digits.remove_suffix(1);
  if (!digits.starts_with(kKeyWord) || digits.size() != kKeyWord.size() + kKeyDigits) return wrong;
  digits.remove_prefix(kKeyWord.size());
  std::string bytes;
  for (std::size_t i = 0; i < kKeyDigits; i += 2) {
    const int high = digit_of(digits[i]), low = digit_of(digits[i + 1]);
    if (high < 0 || low < 0) return wrong;
    bytes += static_cast<char>(high * 16 + low);
  }
  return SealKey::from(bytes);
}

Result<SealKey> read_or_make_key(Env& env, const std::string& path) {
  Result<SealKey> there = read_key(env, path);
  if (there || there.error().code != Code::kNotFound) return there;
  TRY(make_folders(env, folder_of(path)));
  SealKey key = TRY(SealKey::random());
  std::string text(kKeyWord);
  for (const char c : key.bytes()) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  text += '\n';
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(path));
  TRY(file->append(text));
  TRY(file->sync());
  TRY(env.sync_folder(folder_of(path)));
  return key;
}

}  // namespace tocsin
