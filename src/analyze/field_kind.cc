#include "analyze/field_kind.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace tocsin::analyze {

namespace {

using Words = std::vector<std::string>;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// The words of a name, folded: "ParentProcessId" is parent, process, id; "user_agent.original" is user, agent, original.
Words words_of(std::string_view name) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(folded(word));
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_letter(c)) {
      end_word();
      continue;
    }
    const bool after_lower = i > 0 && is_letter(name[i - 1]) && !is_upper(name[i - 1]);
    const bool ends_acronym = i > 0 && is_upper(name[i - 1]) && i + 1 < name.size() && is_letter(name[i + 1]) && !is_upper(name[i + 1]);
    if (is_upper(c) && (after_lower || ends_acronym)) end_word();
    word += c;
  }
  end_word();
  return words;
}

template <std::size_t N>
bool has_one_of(const Words& words, const std::array<std::string_view, N>& list) {
  return std::ranges::any_of(words, [&](const std::string& word) { return std::ranges::find(list, word) != list.end(); });
}
/// The word, or both of them one after the other.
template <std::size_t N>
bool has_phrase(const Words& words, const std::array<std::string_view, N>& list) {
  std::string joined;
  for (const std::string& word : words) joined += word;
  return std::ranges::any_of(list, [&](std::string_view phrase) { return joined.find(phrase) != std::string::npos; });
}
template <std::size_t N>
bool ends_with_one_of(const Words& words, const std::array<std::string_view, N>& list) {
  return !words.empty() && std::ranges::find(list, words.back()) != list.end();
}

/// Last words of names whose values are made anew each time.
constexpr std::array<std::string_view, 17> kVolatileEnds = {"id", "ids", "guid", "uuid", "pid", "tid", "ppid", "rid", "seq", "sequence", "nonce", "ts", "handle", "ms", "us", "ns", "etag"};
constexpr std::array<std::string_view, 9> kVolatileWords = {"time", "timestamp", "date", "datetime", "created", "guid", "uuid", "epoch", "cookie"};
constexpr std::array<std::string_view, 8> kVolatilePhrases = {"recordnumber", "recordid", "sessionid", "calltrace", "startaddress", "logonid", "rawdata", "ipport"};
/// Texts of the whole event: all that is volatile is in them.
constexpr std::array<std::string_view, 6> kWholeTexts = {"message", "msg", "raw", "log", "original", "payload"};

constexpr std::array<std::string_view, 12> kClaimPhrases = {"originalfilename", "company", "description", "fileversion", "productname", "useragent", "referer", "referrer", "internalname", "legalcopyright", "windowtitle", "displayname"};
constexpr std::array<std::string_view, 4> kClaims = {"subject", "comment", "banner", "product"};

constexpr std::array<std::string_view, 27> kLabels = {"eventid", "logontype", "host", "tags",   "channel", "providername", "eventsourcename", "level",    "keywords", "opcode",    "task",  "version",  "eventtype", "severity", "category",
                                                       "eventname", "eventsource", "facility", "logname", "sourcename", "type", "outcome", "status", "action", "eventversion", "qualifiers", "rulename"};

constexpr std::array<std::string_view, 14> kDeeds = {"commandline", "scriptblocktext", "targetobject", "hash", "hashes", "md5", "sha1", "sha256", "imphash", "imagepath", "servicefilename", "taskcontent", "queryname", "scriptpath"};

constexpr std::array<std::string_view, 21> kThings = {"image",     "exe",      "executable", "processname", "processpath", "path", "filename", "imageloaded", "servicename", "taskname", "pipename",
                                                       "details",   "sharename", "relativetargetname", "objectname", "application", "programname", "driver", "destinationhostname", "url", "newname"};

constexpr std::array<std::string_view, 17> kContextWords = {"user", "domain", "account", "host", "hostname", "computer", "computername", "workstation", "workstationname", "ip", "address", "addr", "sid", "principal", "arn", "identity", "terminal"};

bool is_context_entity(EntityType entity) { return entity == EntityType::kHost || entity == EntityType::kUser || entity == EntityType::kIp; }
bool is_thing_entity(EntityType entity) {
  return entity == EntityType::kProcess || entity == EntityType::kFile || entity == EntityType::kDomain || entity == EntityType::kUrl || entity == EntityType::kMailbox || entity == EntityType::kCloudResource;
}

template <std::size_t N>
bool is_one_of(const Words& words, const std::array<std::string_view, N>& list) {
  std::string joined;
  for (const std::string& word : words) joined += word;
  return std::ranges::find(list, joined) != list.end();
}

/// The last words are one of these: ParentCommandLine is a command line, TargetFilename a file name.
template <std::size_t N>
bool ends_as(const Words& words, const std::array<std::string_view, N>& list) {
  std::string joined;
  for (const std::string& word : words) joined += word;
  return std::ranges::any_of(list, [&](std::string_view end) { return joined.ends_with(end); });
}

}  // namespace

FieldKind field_kind(std::string_view name, EntityType entity) {
  static constexpr std::array<std::string_view, 6> kAsked = {"destination", "dest", "dst", "target", "server", "remote"};
  const Words words = words_of(name);
  // The port that was asked for says which service; any other is the next one that was free, of a log's way to its collector too.
  if (!words.empty() && words.back() == "port") return has_one_of(words, kAsked) ? FieldKind::kContext : FieldKind::kVolatile;
  if (is_one_of(words, kLabels)) return FieldKind::kLabel;
  if (has_phrase(words, kClaimPhrases) || is_one_of(words, kClaims)) return FieldKind::kClaim;
  if (entity == EntityType::kHash || ends_as(words, kDeeds)) return FieldKind::kDeed;
  if (is_context_entity(entity)) return FieldKind::kContext;  // also where its name says id
  if (ends_with_one_of(words, kVolatileEnds) || has_one_of(words, kVolatileWords) || has_phrase(words, kVolatilePhrases) || is_one_of(words, kWholeTexts)) return FieldKind::kVolatile;
  if (is_thing_entity(entity) || ends_as(words, kThings)) return FieldKind::kThing;
  return has_one_of(words, kContextWords) ? FieldKind::kContext : FieldKind::kOther;
}

FieldAspect field_aspect(std::string_view name, EntityType entity) {
  static constexpr std::array<std::string_view, 3> kOrigin = {"parent", "calling", "initiating"};
  static constexpr std::array<std::string_view, 8> kTarget = {"target", "destination", "dst", "loaded", "details", "query", "service", "share"};
  static constexpr std::array<std::string_view, 9> kAct = {"image", "exe", "executable", "process", "command", "script", "hashes", "program", "application"};
  const Words words = words_of(name);
  if (has_one_of(words, kOrigin)) return FieldAspect::kOrigin;
  if (entity == EntityType::kUser) return FieldAspect::kWho;
  if (entity == EntityType::kHost || entity == EntityType::kIp) return FieldAspect::kWhere;
  if (has_one_of(words, kTarget)) return FieldAspect::kTarget;
  if (entity == EntityType::kHash || entity == EntityType::kProcess || has_one_of(words, kAct) || ends_as(words, kDeeds)) return FieldAspect::kAct;
  return FieldAspect::kOther;
}

bool holds_paths(std::string_view name, EntityType entity) {
  static constexpr std::array<std::string_view, 7> kPaths = {"image", "imageloaded", "targetfilename", "targetobject", "exe", "executable", "processname"};
  const FieldKind kind = field_kind(name, entity);
  if (kind != FieldKind::kThing && kind != FieldKind::kDeed) return false;
  return entity == EntityType::kFile || entity == EntityType::kProcess || ends_as(words_of(name), kPaths);
}

}  // namespace tocsin::analyze
