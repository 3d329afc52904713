#include "respond/executor/vault_key.h"

#include <openssl/crypto.h>

#include <charconv>

namespace tocsin::respond {

namespace {

constexpr std::size_t kKeyFileBytesMax = 4u << 10;
constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

Result<SealKey> read_vault_key(Env& env, const std::string& path) {
  std::string text = TRY(env.read_file(path, kKeyFileBytesMax));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  const Error wrong{Code::kInvalid, path + ": is no key of a vault: 64 hexadecimal digits (tocsin vault init makes one)"};
  if (text.size() != 2 * kSealKeyBytes) return wrong;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) return wrong;
    bytes += static_cast<char>(byte);
  }
  Result<SealKey> key = SealKey::from(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

Status make_vault_key(Env& env, const std::string& path) {
  const SealKey key = TRY(SealKey::random());
  std::string text;
  for (const char byte : key.bytes()) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(path));
  TRY(file->append(text + "\n"));
  OPENSSL_cleanse(text.data(), text.size());
  return file->sync();
}

}  // namespace tocsin::respond
