#include "store/token_vault.h"

#include <fmt/format.h>
#include <openssl/hmac.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/checksum_vfs.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

/// 2: until when tokens are kept.
constexpr int kFormat = 2, kBusyMs = 10'000;
constexpr std::size_t kLookupBytes = 16;
constexpr TimeUs kDayUs = 86'400'000'000;
/// So many wait in memory at most: a caller that does not flush is not let grow it.
constexpr std::size_t kFreshMax = 4'096;
constexpr std::string_view kWrapPurpose = "tocsin token key", kValuePurpose = "tocsin token value", kKeptPurpose = "tocsin kept", kSealedStart = "TOCSINH1";

ProtectionKey derived(std::string_view key, std::string_view purpose) {
  ProtectionKey out{};
  unsigned size = 0;
  TOCSIN_CHECK(::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), out.data(), &size) != nullptr && size == out.size());
  return out;
}

/// Random letters and digits that are not taken for one another.
Result<std::string> random_token() {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(kLetters.size() == 32);
  std::array<std::uint8_t, kTokenLetters> bytes;
  TRY(random_bytes(bytes.data(), bytes.size()));
  std::string token(kTokenStart);
  for (const std::uint8_t byte : bytes) token += kLetters[byte & 31];
  return token;
}

/// The key is used for one value, so its nonce never comes again.
std::string sealed_value(const SealKey& key, std::string_view value) {
  std::string sealed;
  Seal(key).seal(SealNonce{}, kValuePurpose, value, sealed);
  return sealed;
}

Result<SealKey> protection_key(Env& env, const DataFolder& data, Seal& master, bool make) {
  const SealedPlace place = protection_place(data);
  const Result<std::string> bytes = get_sealed(env, place, master);
  if (bytes) return SealKey::from(*bytes);
  if (!make || bytes.error().code != Code::kNotFound) return bytes.error();
  SealKey fresh = TRY(SealKey::random());
  TRY(put_sealed(env, place, master, fresh.bytes()));
  return fresh;
}

}  // namespace

/// One use of one statement; bind in order, step, read columns in order.
class TokenVault::Query {
 public:
  Query(const TokenVault& vault, const char* sql) : vault_(vault) { good_ = sqlite3_prepare_v2(vault.database_, sql, -1, &statement_, nullptr) == SQLITE_OK; }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() { sqlite3_finalize(statement_); }
  Query& blob(std::string_view value) {
    good_ = good_ && sqlite3_bind_blob64(statement_, ++bound_, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_TRANSIENT) == SQLITE_OK;
    return *this;
  }
  Query& number(std::int64_t value) {
    good_ = good_ && sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK;
    return *this;
  }
  Query& again() {
    sqlite3_reset(statement_);
    bound_ = 0;
    return *this;
  }
  Result<bool> row() {
    column_ = 0;
    const int code = good_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return vault_.trouble();
  }
  bool is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }
  std::int64_t next_number() { return sqlite3_column_int64(statement_, column_++); }
  std::string next_text() {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
  }

 private:
  const TokenVault& vault_;
  sqlite3_stmt* statement_ = nullptr;
  bool good_ = false;
  int bound_ = 0, column_ = 0;
};

struct TokenVault::Cached {
  std::string value;  // in folded case
  std::array<char, kTokenBytes> token{};
  Day until = kNoEnd;  // the last day on which it is kept
};

TokenVault::TokenVault(std::string path, SealKey key)
    : path_(std::move(path)),
      key_(std::move(key)),
      seal_(key_),
      lookup_key_(derived(key_.bytes(), "lookup")),
      address_key_(derived(key_.bytes(), "addresses")),
      hash_key_(derived(key_.bytes(), "hashes")),
      cache_(std::make_unique<Cached[]>(kTokensCached)) {}

TokenVault::~TokenVault() {
  sqlite3_finalize(find_token_);
  sqlite3_close(database_);
}

Error TokenVault::trouble() const {
  const bool is_damage = sqlite3_extended_errcode(database_) == SQLITE_IOERR_DATA || sqlite3_errcode(database_) == SQLITE_NOTADB || sqlite3_errcode(database_) == SQLITE_CORRUPT;
  if (!is_damage) return {Code::kIo, fmt::format("{}: cannot be read or written: {}", path_, sqlite3_errmsg(database_))};
  return {Code::kInvalid, fmt::format("{}: is damaged ({}); stop the service and restore the file from a backup", path_, sqlite3_errmsg(database_))};
}

Result<std::unique_ptr<TokenVault>> TokenVault::open(Env& env, const DataFolder& data, Seal& master, Use use) {
  const bool writes = use == Use::kWrite;
  Result<SealKey> key = protection_key(env, data, master, writes);
  const bool nothing_yet = !key && key.error().code == Code::kNotFound;
  if (!key && !nothing_yet) return key.error();
  SealKey used = nothing_yet ? TRY(SealKey::random()) : std::move(*key);
  std::unique_ptr<TokenVault> vault(new TokenVault(data.tokens(), std::move(used)));
  vault->env_ = &env;
  vault->writes_ = writes;
  if (!writes && (nothing_yet || !env.exists(data.tokens()))) return vault;
  const int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (sqlite3_open_v2(data.tokens().c_str(), &vault->database_, flags | SQLITE_OPEN_FULLMUTEX, checksum_vfs()) != SQLITE_OK) return vault->trouble();
  sqlite3_busy_timeout(vault->database_, kBusyMs);
  TRY(vault->prepare());
  return vault;
}

/// What is deleted is written over. Rolled back by a journal, not a log: whoever reads needs nothing but the file.
Status TokenVault::prepare() {
  const auto run = [&](const char* sql) -> Status {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return trouble();
    return {};
  };
  TRY(run("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON; PRAGMA journal_mode=TRUNCATE"));
  std::int64_t format = 0;
  {
    Query query(*this, "PRAGMA user_version");
    if (TRY(query.row())) format = query.next_number();
  }
  if (format > kFormat) return Error{Code::kInvalid, fmt::format("{}: is of format {}, this program knows up to {}; use a newer one", path_, format, kFormat)};
  if (format == 0 && writes_) {
    reserve_page_checks(database_);
    TRY(run("BEGIN IMMEDIATE; CREATE TABLE tokens (token TEXT PRIMARY KEY, lookup BLOB UNIQUE, wrapped BLOB, sealed BLOB, made INTEGER NOT NULL, forgotten INTEGER, held TEXT) WITHOUT ROWID;"
            "PRAGMA user_version=1; COMMIT"));
  }
  if (format < kFormat && writes_) {
    TRY(run("BEGIN IMMEDIATE; ALTER TABLE tokens ADD COLUMN until INTEGER; CREATE INDEX tokens_by_end ON tokens (until) WHERE until IS NOT NULL; PRAGMA user_version=2; COMMIT"));
  }
  if (sqlite3_prepare_v3(database_, format < kFormat && !writes_ ? "SELECT token, NULL FROM tokens WHERE lookup = ?" : "SELECT token, until FROM tokens WHERE lookup = ?", -1, SQLITE_PREPARE_PERSISTENT, &find_token_, nullptr) != SQLITE_OK) return trouble();
  count_ = TRY(count());
  return {};
}

/// Under a key, so that nobody who has only the file can try names.
std::string TokenVault::lookup_of(std::string_view value) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  TOCSIN_CHECK(::HMAC(EVP_sha256(), lookup_key_.data(), static_cast<int>(lookup_key_.size()), reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest.data(), &size) != nullptr);
  return std::string(reinterpret_cast<const char*>(digest.data()), kLookupBytes);
}

/// Only who has an end asks for the time.
TokenVault::Day TokenVault::end_of(std::uint32_t days) const { return days == 0 ? kNoEnd : static_cast<Day>(env_->now_us() / kDayUs + days); }

bool TokenVault::find_stored(std::string_view lookup, std::string& token, Day& until) {
  for (const Fresh& fresh : fresh_) {
    if (fresh.lookup != lookup) continue;
    token = fresh.token;
    until = fresh.until;
    return true;
  }
  if (find_token_ == nullptr) return false;
  sqlite3_reset(find_token_);
  sqlite3_bind_blob(find_token_, 1, lookup.data(), static_cast<int>(lookup.size()), SQLITE_TRANSIENT);
  const bool found = sqlite3_step(find_token_) == SQLITE_ROW;
  if (found) token.assign(static_cast<const char*>(sqlite3_column_blob(find_token_, 0)), static_cast<std::size_t>(sqlite3_column_bytes(find_token_, 0)));
  const bool ends = found && sqlite3_column_type(find_token_, 1) != SQLITE_NULL;
  until = ends ? static_cast<Day>(sqlite3_column_int64(find_token_, 1)) : kNoEnd;
  if (const auto other = found ? extended_.find(token) : extended_.end(); other != extended_.end()) until = other->second;
  sqlite3_reset(find_token_);
  return found;
}

bool TokenVault::make(std::string_view value, std::string lookup, std::string& token, Day until) {
  if (!writes_ || count_ >= kTokensMax) return false;
  if (fresh_.size() >= kFreshMax && !flush_held()) return false;
  Result<std::string> made = random_token();
  Result<SealKey> key = SealKey::random();
  SealNonce nonce;
  if (!made || !key || !random_bytes(nonce.data(), nonce.size())) return false;
  Fresh fresh{std::move(lookup), *made, std::string(reinterpret_cast<const char*>(nonce.data()), nonce.size()), sealed_value(*key, value), until};
  seal_.seal(nonce, kWrapPurpose, key->bytes(), fresh.wrapped);
  fresh_.push_back(std::move(fresh));
  ++count_;
  token = std::move(*made);
  return true;
}

/// Written with the next flush; what is not flushed yet is made so.
void TokenVault::extend(const std::string& token, Day until) {
  const auto fresh = std::ranges::find(fresh_, token, &Fresh::token);
  if (fresh != fresh_.end()) {
    fresh->until = until;
  } else if (writes_ && (extended_.size() < kFreshMax || flush_held())) {
    extended_[token] = until;
  }
}

bool TokenVault::append_token(std::string_view value, std::uint32_t days, std::string& out) {
  if (value.size() > kTokenValueBytesMax) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  folded_.clear();
  append_folded(folded_, value);
  Cached& cached = cache_[hash_bytes(folded_) % kTokensCached];
  const Day until = end_of(days);
  if (cached.value != folded_ || folded_.empty()) {
    std::string lookup = lookup_of(folded_), token;
    Day known = kNoEnd;
    if (!find_stored(lookup, token, known)) {
      if (!make(value, std::move(lookup), token, until)) return false;
      known = until;
    }
    if (token.size() != kTokenBytes) return false;
    cached.value = folded_;
    std::ranges::copy(token, cached.token.begin());
    cached.until = known;
  }
  // Within a day this is not reached again.
  if (cached.until < until || (cached.until == kNoEnd && until != kNoEnd && ends_all_)) {
    extend(std::string(cached.token.data(), cached.token.size()), until);
    cached.until = until;
  }
  out.append(cached.token.data(), cached.token.size());
  return true;
}

Status TokenVault::flush_held() {
  if (fresh_.empty() && extended_.empty()) return {};
  if (sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) return trouble();
  const Status done = [&]() -> Status {
    Query add(*this, "INSERT INTO tokens (token, lookup, wrapped, sealed, made, until) VALUES (CAST(? AS TEXT), ?, ?, ?, ?, nullif(?, 2147483647))");
    for (const Fresh& fresh : fresh_) TRY(add.again().blob(fresh.token).blob(fresh.lookup).blob(fresh.wrapped).blob(fresh.sealed).number(env_->now_us()).number(fresh.until).row());
    Query extend(*this, "UPDATE tokens SET until = nullif(?, 2147483647) WHERE token = CAST(? AS TEXT) AND forgotten IS NULL");
    for (const auto& [token, until] : extended_) TRY(extend.again().number(until).blob(token).row());
    if (sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) return trouble();
    return {};
  }();
  if (!done) {
    sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
  }
  fresh_.clear();
  extended_.clear();
  return {};
}

Result<std::int64_t> TokenVault::expire(TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(flush_held());
  Query query(*this, "DELETE FROM tokens WHERE token IN (SELECT token FROM tokens WHERE until < ? AND forgotten IS NULL AND coalesce(held, '') = '' LIMIT ?)");
  TRY(query.number(now / kDayUs).number(kTokensExpiredAtOnce).row());
  const std::int64_t gone = sqlite3_changes(database_);
  if (gone > 0) {
    count_ -= gone;
    for (std::size_t i = 0; i < kTokensCached; ++i) cache_[i].value.clear();
  }
  return gone;
}

std::string TokenVault::sealed(std::string_view plain) {
  SealNonce nonce;
  TOCSIN_CHECK(random_bytes(nonce.data(), nonce.size()).has_value());
  std::string out(kSealedStart);
  out.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  seal_.seal(nonce, kKeptPurpose, plain, out);
  return out;
}

std::string TokenVault::unsealed(std::string_view sealed) {
  SealNonce nonce;
  if (!sealed.starts_with(kSealedStart) || sealed.size() < kSealedStart.size() + nonce.size()) return std::string(sealed);
  std::copy_n(sealed.begin() + kSealedStart.size(), nonce.size(), nonce.begin());
  std::string plain;
  return seal_.open(nonce, kKeptPurpose, sealed.substr(kSealedStart.size() + nonce.size()), plain) ? plain : std::string(sealed);
}

Status TokenVault::flush() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return flush_held();
}

std::optional<std::string> TokenVault::token_of(std::string_view value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string token;
  Day until = kNoEnd;
  if (!find_stored(lookup_of(folded(value)), token, until)) return std::nullopt;
  return token;
}

std::optional<TokenRecord> TokenVault::find(std::string_view token) {
  (void)flush();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (database_ == nullptr) return std::nullopt;
  Query query(*this, "SELECT made, forgotten, held FROM tokens WHERE token = CAST(? AS TEXT)");
  const Result<bool> row = query.blob(token).row();
  if (!row || !*row) return std::nullopt;
  TokenRecord record{std::string(token), query.next_number(), kNoTime, {}};
  const bool is_there = query.is_null();
  record.forgotten = query.next_number();
  if (is_there) record.forgotten = kNoTime;
  record.held = query.next_text();
  return record;
}

Result<std::string> TokenVault::reveal(std::string_view token) {
  TRY(flush());
  const std::lock_guard<std::mutex> lock(mutex_);
  const Error unknown{Code::kNotFound, fmt::format("no token {} is known here: none was made, or its days were over (forget_after_days in the policy)", token)};
  if (database_ == nullptr) return unknown;
  Query query(*this, "SELECT forgotten, wrapped, sealed FROM tokens WHERE token = CAST(? AS TEXT)");
  if (!TRY(query.blob(token).row())) return unknown;
  const bool forgotten = !query.is_null();
  const TimeUs when = query.next_number();
  if (forgotten) return Error{Code::kDenied, fmt::format("what {} stood for was forgotten on {}; nobody can bring it back", token, format_time(when))};
  const std::string wrapped = query.next_text(), sealed = query.next_text();
  std::string key, value;
  SealNonce nonce{};
  if (wrapped.size() > nonce.size()) std::copy_n(wrapped.begin(), nonce.size(), nonce.begin());
  if (wrapped.size() <= nonce.size() || !seal_.open(nonce, kWrapPurpose, std::string_view(wrapped).substr(nonce.size()), key)) return Error{Code::kInvalid, fmt::format("{}: the key of {} does not open", path_, token)};
  if (!Seal(TRY(SealKey::from(key))).open(SealNonce{}, kValuePurpose, sealed, value)) return Error{Code::kInvalid, fmt::format("{}: what {} stands for does not open", path_, token)};
  return value;
}

Status TokenVault::forget(std::string_view value, TimeUs now) {
  const std::optional<std::string> token = token_of(value);
  if (!token) return Error{Code::kNotFound, "it has no token, so nothing of it is kept under one"};
  TRY(flush());
  const std::optional<TokenRecord> record = find(*token);
  if (record && !record->held.empty()) return Error{Code::kDenied, fmt::format("{} is held: {}; end the hold first", *token, record->held)};
  const std::lock_guard<std::mutex> lock(mutex_);
  Query query(*this, "UPDATE tokens SET lookup = NULL, wrapped = NULL, sealed = NULL, forgotten = ? WHERE token = CAST(? AS TEXT)");
  TRY(query.number(now).blob(*token).row());
  for (std::size_t i = 0; i < kTokensCached; ++i) {
    if (std::string_view(cache_[i].token.data(), kTokenBytes) == *token) cache_[i].value.clear();
  }
  return {};
}

Status TokenVault::hold(std::string_view value, std::string_view reason) {
  const std::optional<std::string> token = token_of(value);
  if (!token) return Error{Code::kNotFound, "it has no token, so nothing of it is kept under one"};
  TRY(flush());
  const std::lock_guard<std::mutex> lock(mutex_);
  Query query(*this, "UPDATE tokens SET held = CAST(? AS TEXT) WHERE token = CAST(? AS TEXT)");
  TRY(query.blob(reason).blob(*token).row());
  return {};
}

Result<std::int64_t> TokenVault::count() {
  if (database_ == nullptr) return std::int64_t{0};
  Query query(*this, "SELECT count(*) FROM tokens");
  TRY(query.row());
  return query.next_number();
}

namespace {

/// One statement on the file of tokens, read only.
Status ask_file(const std::string& path, const char* sql, const std::string& parameter, const std::function<void(std::string)>& row) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX, checksum_vfs());
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
  sqlite3_stmt* made = nullptr;
  if (code == SQLITE_OK) sqlite3_busy_timeout(opened, kBusyMs);
  const bool good = code == SQLITE_OK && sqlite3_prepare_v2(opened, sql, -1, &made, nullptr) == SQLITE_OK;
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(made, sqlite3_finalize);
  if (good && sqlite3_bind_parameter_count(made) == 1) sqlite3_bind_text(made, 1, parameter.c_str(), -1, SQLITE_TRANSIENT);
  int step = SQLITE_ERROR;
  while (good && (step = sqlite3_step(made)) == SQLITE_ROW) {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(made, 0));
    row(text == nullptr ? "" : text);
  }
  if (step == SQLITE_DONE) return {};
  return Error{Code::kInvalid, fmt::format("{}: {}", path, sqlite3_extended_errcode(opened) == SQLITE_IOERR_DATA ? damage_read(opened) : sqlite3_errmsg(opened))};
}

}  // namespace

Status copy_tokens(Env& env, const DataFolder& data, const std::string& to) {
  if (!env.exists(data.tokens())) return {};
  return ask_file(data.tokens(), "VACUUM INTO ?", to, [](const std::string&) {});
}

Result<std::vector<std::string>> check_tokens(Env& env, const DataFolder& data) {
  std::vector<std::string> wrong;
  if (!env.exists(data.tokens())) return wrong;
  TRY(ask_file(data.tokens(), "PRAGMA integrity_check(20)", "", [&](const std::string& said) {
    if (said != "ok") wrong.push_back(data.tokens() + ": " + said);
  }));
  return wrong;
}

}  // namespace tocsin
