// The tokens that stand for personal data (event/tokens.h), and what they stand for: <data>/tokens.db (docs/formats/tokens.md). Each value is sealed under a key of its own, which is sealed under the key of
// protection, which is sealed under the master key. Forgetting a value destroys its key and what leads from the value to the token; the token stays where it stands and says nothing to anybody any more.
// What is held (a legal hold) cannot be forgotten.
//
// The service writes; searches in other processes open it to read, and find no token for a value that has none yet. New tokens are safe after flush(): whoever keeps one calls that before. Safe from any
// thread, one at a time inside. Fails with kIo, or kInvalid if the file is damaged or of another format.
//
//   auto vault = TRY(TokenVault::open(env, data, master, TokenVault::Use::kWrite));
//   vault->append_token("ada", 90, out);     // what it stands for is forgotten 90 days after it was last asked for
//   TRY(vault->flush());
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "base/seal.h"
#include "base/time.h"
#include "event/tokens.h"
#include "store/data_folder.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tocsin {

/// Values that have a token. An organisation has some thousands of people and hosts; an attacker who makes up names fills it in a day at 50 a second, and is masked from then on. Each takes 300 bytes.
inline constexpr std::int64_t kTokensMax = 5'000'000;
/// Tokens that are remembered in memory.
inline constexpr std::size_t kTokensCached = 1 << 14;
/// Tokens that are deleted in one transaction: others wait for it.
inline constexpr std::int64_t kTokensExpiredAtOnce = 1'000;
/// A longer value is masked: no name is.
inline constexpr std::size_t kTokenValueBytesMax = 1'024;

struct TokenRecord {
  std::string token;
  TimeUs made = 0;
  TimeUs forgotten = kNoTime;
  std::string held;  // why it must not be forgotten; "": it may be
};

class TokenVault : public Tokens {
 public:
  enum class Use : std::uint8_t {
    kWrite,  // the file is made if there is none, and the key of protection
    kRead,   // without a file no value has a token
  };
  static Result<std::unique_ptr<TokenVault>> open(Env& env, const DataFolder& data, Seal& master, Use use);
  ~TokenVault() override;
  TokenVault(const TokenVault&) = delete;
  TokenVault& operator=(const TokenVault&) = delete;

  bool append_token(std::string_view value, std::uint32_t days, std::string& out) override;
  const ProtectionKey& address_key() const override { return address_key_; }
  const ProtectionKey& hash_key() const override { return hash_key_; }

  /// Whether a token that had no end gets one where it is asked for with days: where no rule makes others, it is from before the rules had them.
  void end_all(bool ends) { ends_all_ = ends; }
  /// Deletes tokens whose days are over and that are not held, some at once; how many. Any thread.
  Result<std::int64_t> expire(TimeUs now);

  /// Makes new tokens safe.
  Status flush();

  /// For what must be kept for a while as it was: under the key of protection. Of what was not sealed here, `unsealed` gives back what it got.
  std::string sealed(std::string_view plain);
  std::string unsealed(std::string_view sealed);

  /// The value for which the token stands; kNotFound if there is no such token, kDenied if it was forgotten.
  Result<std::string> reveal(std::string_view token);
  std::optional<TokenRecord> find(std::string_view token);
  /// The token of a value that has one.
  std::optional<std::string> token_of(std::string_view value);
  /// For good. kNotFound if the value has no token, kDenied while it is held.
  Status forget(std::string_view value, TimeUs now);
  /// "" ends the hold. kNotFound if the value has no token.
  Status hold(std::string_view value, std::string_view reason);
  Result<std::int64_t> count();

 private:
  class Query;
  struct Cached;
  using Day = std::int32_t;  // since 1970
  static constexpr Day kNoEnd = INT32_MAX;
  struct Fresh {
    std::string lookup, token, wrapped, sealed;
    Day until = kNoEnd;
  };
  TokenVault(std::string path, SealKey key);
  Status prepare();
  Error trouble() const;
  std::string lookup_of(std::string_view value);
  Day end_of(std::uint32_t days) const;
  bool find_stored(std::string_view lookup, std::string& token, Day& until);
  bool make(std::string_view value, std::string lookup, std::string& token, Day until);
  void extend(const std::string& token, Day until);
  Status flush_held();

  const std::string path_;
  const SealKey key_;
  Seal seal_;  // under key_
  ProtectionKey lookup_key_{}, address_key_{}, hash_key_{};
  Env* env_ = nullptr;
  bool writes_ = false, ends_all_ = false;

  std::mutex mutex_;  // guards what follows
  sqlite3* database_ = nullptr;
  sqlite3_stmt* find_token_ = nullptr;
  std::int64_t count_ = 0;
  std::vector<Fresh> fresh_;
  std::map<std::string, Day> extended_;  // tokens that have another end, and are not written so yet
  std::unique_ptr<Cached[]> cache_;
  std::string folded_;
};

/// A whole copy of this moment's file in a new one. No key is needed; there is nothing to do where there is no file.
Status copy_tokens(Env& env, const DataFolder& data, const std::string& to);
/// What is wrong in the file; nothing if all is well, or there is none.
Result<std::vector<std::string>> check_tokens(Env& env, const DataFolder& data);

}  // namespace tocsin
