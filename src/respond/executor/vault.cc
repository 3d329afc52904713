#include "respond/executor/vault.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "base/bytes.h"

namespace tocsin::respond {

namespace {

constexpr std::string_view kMagic = "TOCSINV1", kPurpose = "tocsin vault";

/// Wiped when it goes.
struct Plain {
  std::string bytes;
  ~Plain() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kVaultNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string_view take_text(ByteReader& reader) { return reader.take(reader.number<std::uint32_t>()); }

}  // namespace

Result<std::vector<Vault::Entry>> Vault::read() const {
  std::vector<Entry> entries;
  if (path_.empty() || !env_.exists(path_)) return entries;
  const std::string bytes = TRY(env_.read_file(path_, kVaultBytesMax));
  const Error wrong{Code::kInvalid, path_ + ": the vault does not open: it is damaged, or the key is not its own"};
  constexpr std::size_t kHead = kMagic.size() + kSealNonceBytes;
  if (bytes.size() < kHead || !bytes.starts_with(kMagic)) return wrong;
  SealNonce nonce;
  std::memcpy(nonce.data(), bytes.data() + kMagic.size(), nonce.size());
  Plain plain;
  if (!Seal(key_).open(nonce, kPurpose, std::string_view(bytes).substr(kHead), plain.bytes)) return wrong;
  ByteReader reader(plain.bytes);
  for (auto left = reader.number<std::uint32_t>(); left > 0 && reader.good(); --left) {
    const std::string_view name = take_text(reader);
    entries.push_back({std::string(name), Secret(std::string(take_text(reader)))});
  }
  if (!reader.good() || !reader.at_end()) return wrong;
  return entries;
}

Status Vault::write(const std::vector<Entry>& entries) {
  Plain plain;
  append_number(plain.bytes, static_cast<std::uint32_t>(entries.size()));
  for (const Entry& entry : entries) {
    append_text(plain.bytes, entry.name);
    append_text(plain.bytes, entry.secret.reveal());
  }
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));
  std::string bytes(kMagic);
  bytes.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  Seal(key_).seal(nonce, kPurpose, plain.bytes, bytes);
  if (bytes.size() > kVaultBytesMax) return Error{Code::kLimit, "the vault would have more than 8 MiB"};
  const std::string fresh = path_ + ".new";
  if (env_.exists(fresh)) TRY(env_.remove_file(fresh));
  const std::unique_ptr<DurableFile> file = TRY(env_.create_durable(fresh));
  TRY(file->append(bytes));
  TRY(file->sync());
  TRY(env_.rename_file(fresh, path_));
  const std::size_t slash = path_.rfind('/');
  return env_.sync_folder(slash == std::string::npos ? "." : path_.substr(0, std::max<std::size_t>(slash, 1)));
}

Result<Secret> Vault::get(std::string_view name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Entry> entries = TRY(read());
  const auto found = std::ranges::find(entries, name, &Entry::name);
  if (found == entries.end()) return Error{Code::kNotFound, fmt::format("the vault has no secret '{}': tocsin vault put {}", name, name)};
  return std::move(found->secret);
}

Result<std::vector<std::string>> Vault::names() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> names;
  for (const Entry& entry : TRY(read())) names.push_back(entry.name);
  return names;
}

Status Vault::put(std::string_view name, const Secret& secret) {
  if (!is_name(name)) return Error{Code::kInvalid, fmt::format("'{}' is no name of a secret: letters, digits, - _ . and /, {} at most", name, kVaultNameBytesMax)};
  if (secret.is_empty()) return Error{Code::kInvalid, "the secret is empty"};
  if (secret.reveal().size() > kVaultSecretBytesMax) return Error{Code::kLimit, fmt::format("the secret has more than {} bytes", kVaultSecretBytesMax)};
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Entry> entries = TRY(read());
  const auto found = std::ranges::find(entries, name, &Entry::name);
  Secret copy{std::string(secret.reveal())};
  if (found != entries.end()) {
    found->secret = std::move(copy);
  } else {
    if (entries.size() == kVaultSecretsMax) return Error{Code::kLimit, fmt::format("the vault has {} secrets, which are the most", kVaultSecretsMax)};
    entries.push_back({std::string(name), std::move(copy)});
    std::ranges::sort(entries, {}, &Entry::name);
  }
  return write(entries);
}

Status Vault::remove(std::string_view name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Entry> entries = TRY(read());
  if (std::erase_if(entries, [&](const Entry& entry) { return entry.name == name; }) == 0) return Error{Code::kNotFound, fmt::format("the vault has no secret '{}'", name)};
  return write(entries);
}

}  // namespace tocsin::respond
