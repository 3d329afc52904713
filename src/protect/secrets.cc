#include "protect/secrets.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "protect/secret_hunt.h"
#include "protect/secret_scan.h"
#include "protect/secret_text.h"

namespace tocsin::protect {
namespace {

struct Hunter {
  std::string_view piece;  // kPieceSize bytes; '?' is any
  void (*hunt)(Hunt&, std::size_t at);
  bool exact = false;
};

/// Everything that is looked for. Each piece should be rare in logs, and stand in all that its hunter finds.
constexpr Hunter kHunters[] = {
    // Words that name a secret.
    {"pass", hunt_key},
    {"pwd?", hunt_key},
    {"mdp?", hunt_key},
    {"psk?", hunt_key},
    {"ennw", hunt_key},
    {"rase", hunt_key},   // contraseña, passphrase
    {"clav", hunt_key},
    {"secr", hunt_key},
    {"toke", hunt_key},
    {"sess", hunt_key},
    {"sig=", hunt_key},
    {"-sig", hunt_key},   // X-Amz-Signature
    {"_key", hunt_key},
    {"-key", hunt_key},
    {"pike", hunt_key},   // apiKey
    {"sske", hunt_key},   // accessKey
    {"teke", hunt_key},   // privateKey
    {"ntke", hunt_key},   // accountKey
    {"onke", hunt_key},   // encryptionKey
    {"ngke", hunt_key},   // signingKey
    {"erke", hunt_key},   // masterKey
    {"geke", hunt_key},   // storageKey
    {"edke", hunt_key},   // sharedKey
    {"thke", hunt_key},   // authKey
    // Command lines.
    {"ysql", hunt_command},
    {"aria", hunt_command},
    {"sshp", hunt_command},
    {"psex", hunt_command},
    {"paex", hunt_command},
    {"chta", hunt_command},  // schtasks
    {"sqlc", hunt_command},
    {"osql", hunt_command},
    {"bcp?", hunt_command},
    {"curl", hunt_command},
    {"daps", hunt_command},  // ldapsearch
    {"dapm", hunt_command},
    {"dapa", hunt_command},
    {"dapd", hunt_command},
    {"dapw", hunt_command},
    {"ppas", hunt_command},
    {"is-c", hunt_command},  // redis-cli
    {"mong", hunt_command},
    {"dock", hunt_command},
    {"podm", hunt_command},
    {"smbc", hunt_command},
    {"rpcc", hunt_command},
    {"smbm", hunt_command},
    {"mape", hunt_command},  // crackmapexec
    {"cme ", hunt_command},
    {"etex", hunt_command},  // netexec
    {"nxc ", hunt_command},
    {"winr", hunt_command},  // evil-winrm, winrs
    {"eerd", hunt_command},  // xfreerdp
    {"nssl", hunt_command},
    {"net ", hunt_command},
    {"et.e", hunt_command},  // net.exe
    {"net1", hunt_command},
    {"-has", hunt_hashes},
    {"-pw ", hunt_pw_switch},
    {"o-se", hunt_secure_string},
    // HTTP and URLs.
    {"oriz", hunt_authorization},
    {"bear", hunt_bearer},
    {"cook", hunt_cookie},
    {"://?", hunt_url},
    // Tokens, as they are written.
    {"AKIA", hunt_token, true},
    {"ASIA", hunt_token, true},
    {"ghp_", hunt_token, true},
    {"gho_", hunt_token, true},
    {"ghu_", hunt_token, true},
    {"ghs_", hunt_token, true},
    {"ghr_", hunt_token, true},
    {"ub_p", hunt_token, true},  // github_pat_
    {"glpa", hunt_token, true},
    {"gldt", hunt_token, true},
    {"glrt", hunt_token, true},
    {"xox?", hunt_token, true},
    {"xapp", hunt_token, true},
    {"sk_l", hunt_token, true},
    {"rk_l", hunt_token, true},
    {"sk_t", hunt_token, true},
    {"rk_t", hunt_token, true},
    {"whse", hunt_token, true},
    {"AIza", hunt_token, true},
    {"GOCS", hunt_token, true},
    {"ya29", hunt_token, true},
    {"npm_", hunt_token, true},
    {"pypi", hunt_token, true},
    {"sk-?", hunt_token, true},
    {"hvs.", hunt_token, true},
    {"hvb.", hunt_token, true},
    {"dop_", hunt_token, true},
    {"doo_", hunt_token, true},
    {"dor_", hunt_token, true},
    {"shpa", hunt_token, true},
    {"shpc", hunt_token, true},
    {"shpp", hunt_token, true},
    {"shps", hunt_token, true},
    {"AGE-", hunt_token, true},
    {"SG.?", hunt_token, true},
    {"hf_?", hunt_token, true},
    {"eyJ?", hunt_jwt, true},
    {":AA?", hunt_telegram, true},
    {"twil", hunt_twilio},
    {"hook", hunt_webhook},
    // Private keys.
    {"BEGI", hunt_pem, true},
    {"-Lin", hunt_putty_lines, true},
};
static_assert(std::size(kHunters) <= PieceScan::kPiecesMax);

Piece piece_of(const Hunter& hunter) {
  Piece piece;
  for (std::size_t k = 0; k < kPieceSize; ++k) piece.bytes[k] = hunter.piece[k] == '?' ? kAnyByte : hunter.piece[k];
  piece.exact = hunter.exact;
  return piece;
}

const PieceScan& scan() {
  static const PieceScan built = [] {
    std::array<Piece, std::size(kHunters)> pieces;
    std::transform(std::begin(kHunters), std::end(kHunters), pieces.begin(), piece_of);
    return PieceScan(pieces);
  }();
  return built;
}

bool stands_at(std::string_view text, std::size_t at, const Hunter& hunter) {
  for (std::size_t k = 0; k < kPieceSize; ++k) {
    const char wanted = hunter.piece[k], is = text[at + k];
    if (wanted != '?' && is != wanted && (hunter.exact || lower(is) != lower(wanted))) return false;
  }
  return true;
}

}  // namespace

void Hunt::add(std::size_t from, std::size_t to, Kind kind) {
  if (from >= to) return;
  Finding added{.from = from, .to = to, .kind = kind, .country = {}};
  std::size_t place = found_.size();
  while (place > first_ && found_[place - 1].to > added.from) {
    --place;
    const Finding& other = found_[place];
    if (other.from >= added.to) continue;
    if (other.from <= added.from) added.kind = other.kind;
    added.from = std::min(added.from, other.from);
    added.to = std::max(added.to, other.to);
    found_.erase(found_.begin() + static_cast<std::ptrdiff_t>(place));
  }
  found_.insert(found_.begin() + static_cast<std::ptrdiff_t>(place), added);
}

bool Hunt::covers(std::size_t at) const {
  for (std::size_t i = found_.size(); i > first_ && found_[i - 1].to > at; --i) {
    if (found_[i - 1].from <= at) return true;
  }
  return false;
}

void find_secrets(std::string_view text, std::vector<Finding>& found) {
  std::optional<Hunt> hunt;  // most texts have no piece, and are spared its marks
  const auto seen = [&](std::size_t piece, std::size_t at) {
    if (!hunt) hunt.emplace(text, found);
    if (!hunt->covers(at)) kHunters[piece].hunt(*hunt, at);
  };
  scan().find(text, seen);
}

void find_secrets_slowly(std::string_view text, std::vector<Finding>& found) {
  Hunt hunt(text, found);
  for (std::size_t at = 0; at + kPieceSize <= text.size(); ++at) {
    for (const Hunter& hunter : kHunters) {
      if (stands_at(text, at, hunter) && !hunt.covers(at)) hunter.hunt(hunt, at);
    }
  }
}

}  // namespace tocsin::protect
