#include "detect/intel/allow_list.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "base/text.h"
#include "base/url_host.h"
#include "detect/intel/entry_lines.h"

namespace tocsin::intel {

namespace {

namespace json = boost::json;

constexpr char kWhole = 's', kBelow = 'd', kWithin = 'c';

Error wrong(const std::string& path, std::string_view why) { return {Code::kInvalid, fmt::format("{}: {}", path, why)}; }

std::string_view text_of(const json::value* value) {
  return value != nullptr && value->is_string() ? std::string_view(value->get_string().data(), value->get_string().size()) : std::string_view();
}

/// "bad.example:8443/x" leads to bad.example.
std::string_view host_of_key(std::string_view url) {
  if (url.starts_with('[')) return url.substr(1, url.find(']') - 1);
  return url.substr(0, url.find_first_of(":/"));
}

/// The kinds that MISP's types of attributes are of; all, where a list names none.
std::bitset<kIndicatorKinds> kinds_of(const json::value* types) {
  std::bitset<kIndicatorKinds> kinds;
  const json::array* const all = types == nullptr ? nullptr : types->if_array();
  if (all == nullptr || all->empty()) return kinds.set();
  for (const json::value& one : *all) {
    std::string_view type = text_of(&one);
    while (!type.empty()) {
      const std::size_t end = std::min(type.find('|'), type.size());
      if (const std::optional<IndicatorKind> kind = kind_named(type.substr(0, end))) kinds.set(static_cast<std::size_t>(*kind));
      type.remove_prefix(std::min(end + 1, type.size()));
    }
  }
  const auto domain = static_cast<std::size_t>(IndicatorKind::kDomain), name = static_cast<std::size_t>(IndicatorKind::kName);
  if (kinds[domain] || kinds[name]) kinds.set(domain).set(name);
  return kinds;
}

}  // namespace

struct AllowList::List {
  enum class Type : std::uint8_t { kString, kHostname, kCidr, kSubstring, kRegex } type = Type::kString;
  Kinds kinds;
};

AllowList::AllowList() = default;
AllowList::AllowList(AllowList&&) noexcept = default;
AllowList& AllowList::operator=(AllowList&&) noexcept = default;
AllowList::~AllowList() = default;

void AllowList::put(const List& list, char form, std::string_view key) {
  std::string text(1, form);
  text += key;
  entries_[std::move(text)] |= static_cast<std::uint8_t>(list.kinds.to_ulong());
}

bool AllowList::add_pattern(const List& list, std::string_view entry, std::string& why) {
  if (entry.size() > kAllowPatternBytesMax) return why = fmt::format("is longer than {} bytes", kAllowPatternBytesMax), false;
  if (patterns_.size() >= kAllowPatternsMax) return why = fmt::format("is one more than {} substrings and regular expressions", kAllowPatternsMax), false;
  Pattern pattern{"", nullptr, list.kinds};
  if (list.type == List::Type::kSubstring) {
    pattern.part = folded(entry);
  } else {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(false);
    options.set_max_mem(kAllowRegexMemoryMax);
    // Written for PHP and Python: /expression/i.
    if (entry.size() > 2 && entry.front() == '/' && entry.rfind('/') > 0) entry = entry.substr(1, entry.rfind('/') - 1);
    pattern.regex = std::make_unique<const re2::RE2>(re2::StringPiece(entry.data(), entry.size()), options);
    if (!pattern.regex->ok()) return why = "is no regular expression that can be read: " + pattern.regex->error(), false;
  }
  patterns_.push_back(std::move(pattern));
  return true;
}

/// False, and why, if it is none.
bool AllowList::add(const List& list, std::string_view entry, std::string& why) {
  if (entry.empty()) return why = "is empty", false;
  if (list.type == List::Type::kSubstring || list.type == List::Type::kRegex) return add_pattern(list, entry, why);
  if (list.type == List::Type::kHostname) {
    const std::string host = comparable_host(entry.starts_with('.') ? entry.substr(1) : entry);
    if (host.empty()) return why = "is no name", false;
    put(list, kBelow, host);
    return true;
  }
  const std::optional<IpNetwork> network = read_network(entry);
  if (network) {
    bits_.set(network->bits);
    put(list, kWithin, network_key(*network));
    return true;
  }
  if (list.type == List::Type::kCidr) return why = "is no network", false;
  const std::optional<TypedKey> key = guess_key(entry);
  put(list, kWhole, key ? key->key : folded(entry));
  return true;
}

Status AllowList::read_json(const std::string& path, std::string& text, AllowFile& file, std::vector<std::string>& notes) {
  boost::system::error_code error;
  const json::value whole = json::parse(text, error);
  text = {};
  const json::object* const object = error ? nullptr : whole.if_object();
  if (object == nullptr) return wrong(path, "is no warning-list of MISP: one JSON object is expected");
  const json::value* const entries = object->if_contains("list");
  if (entries == nullptr || !entries->is_array()) return wrong(path, "is no warning-list of MISP: it has no 'list'");
  constexpr std::string_view kTypes[] = {"string", "hostname", "cidr", "substring", "regex"};
  const std::string_view type = text_of(object->if_contains("type"));
  const auto known = std::ranges::find(kTypes, type.empty() ? kTypes[0] : type);
  if (known == std::end(kTypes)) return wrong(path, fmt::format("a warning-list has no type '{}'; it is string, hostname, cidr, substring or regex", type.substr(0, 40)));
  const List list{static_cast<List::Type>(known - kTypes), kinds_of(object->if_contains("matching_attributes"))};
  if (const std::string_view name = text_of(object->if_contains("name")); !name.empty()) file.name = name.substr(0, kTagsBytesMax);
  std::size_t number = 0;
  for (const json::value& one : entries->get_array()) {
    ++number;
    std::string why = "is no text";
    if (++added_ > kAllowEntriesMax) return Error{Code::kLimit, fmt::format("{}: all allow-lists together have more than {} entries", path, kAllowEntriesMax)};
    if (one.is_string() && add(list, text_of(&one), why)) {
      ++file.entries;
    } else {
      note_refused(notes, file.refused, fmt::format("{}: entry {} of the list", path, number), text_of(&one), why);
    }
  }
  if (file.entries == 0 && file.refused > 0) return wrong(path, "not one entry of the list can be used");
  return {};
}

Status AllowList::read_lines(const std::string& path, std::string_view text, AllowFile& file, std::vector<std::string>& notes) {
  const List exact{List::Type::kString, Kinds().set()}, below{List::Type::kHostname, Kinds().set()};
  std::uint32_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view entry = entry_of_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (entry.empty()) continue;
    const std::optional<TypedKey> key = guess_key(entry);
    std::string why = "is no address, network, domain, URL, hash or mailbox";
    if (++added_ > kAllowEntriesMax) return Error{Code::kLimit, fmt::format("{}:{}: all allow-lists together have more than {} entries", path, number, kAllowEntriesMax)};
    if (key && add(key->kind == IndicatorKind::kDomain ? below : exact, entry.starts_with("*.") ? entry.substr(2) : entry, why)) {
      ++file.entries;
    } else {
      note_refused(notes, file.refused, fmt::format("{}:{}", path, number), entry, why);
    }
  }
  if (file.entries == 0 && file.refused > 0) return wrong(path, "not one of its lines is an address, network, domain, URL, hash or mailbox");
  return {};
}

Status AllowList::read(Env& env, const std::string& path, std::vector<std::string>& notes) {
  if (files_.size() >= kAllowFilesMax) return Error{Code::kLimit, fmt::format("there are more than {} allow-lists", kAllowFilesMax)};
  std::string text = TRY(env.read_file(path, kAllowFileBytesMax));
  AllowFile file{path.substr(path.rfind('/') + 1), path, env.modified_us(path), 0, 0};
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != std::string::npos && text[first] == '{') {
    text.erase(0, first);
    TRY(read_json(path, text, file, notes));
  } else {
    TRY(read_lines(path, text, file, notes));
  }
  note_more_refused(notes, path, file.refused);
  files_.push_back(std::move(file));
  return {};
}

bool AllowList::has(char form, IndicatorKind asked, std::string_view key) const {
  std::string text(1, form);
  text += key;
  const auto found = entries_.find(text);
  return found != entries_.end() && (found->second >> static_cast<unsigned>(asked) & 1) != 0;
}

bool AllowList::holds_name(IndicatorKind asked, std::string_view host) const {
  while (!host.empty()) {
    if (has(kBelow, asked, host)) return true;
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
  return false;
}

bool AllowList::holds_network(IndicatorKind asked, const IpNetwork& network) const {
  for (unsigned bits = 0; bits <= network.bits; ++bits) {
    if (bits_[bits] && has(kWithin, asked, network_key({first_bits(network.base, bits), bits}))) return true;
  }
  return false;
}

bool AllowList::holds(IndicatorKind kind, std::string_view key) const {
  if (entries_.empty() && patterns_.empty()) return false;
  const std::string text = shown(kind, key);
  if (kind == IndicatorKind::kNetwork) {
    if (const std::optional<IpNetwork> network = read_network(text); network && holds_network(kind, *network)) return true;
  } else if (has(kWhole, kind, key)) {
    return true;
  }
  std::string_view host;
  if (kind == IndicatorKind::kDomain || kind == IndicatorKind::kName) host = key;
  if (kind == IndicatorKind::kUrl) host = host_of_key(key);
  if (kind == IndicatorKind::kMailbox) host = key.substr(key.rfind('@') + 1);
  if (const std::optional<IpAddress> address = read_ip(host)) {
    if (holds_network(kind, {*address, 128})) return true;
  } else if (holds_name(kind, host)) {
    return true;
  }
  const std::string folded_text = folded(text);
  const auto says_so = [&](const Pattern& pattern) {
    if (!pattern.kinds[static_cast<std::size_t>(kind)]) return false;
    if (pattern.regex == nullptr) return folded_text.find(pattern.part) != std::string::npos;
    if (re2::RE2::PartialMatch(text, *pattern.regex)) return true;
    return kind == IndicatorKind::kUrl && (re2::RE2::PartialMatch("http://" + text, *pattern.regex) || re2::RE2::PartialMatch("https://" + text, *pattern.regex));
  };
  return std::ranges::any_of(patterns_, says_so);
}

std::size_t AllowList::bytes() const {
  std::size_t all = entries_.bucket_count() * sizeof(void*);
  for (const auto& [key, kinds] : entries_) all += sizeof(void*) + sizeof(std::pair<std::string, std::uint8_t>) + sizeof(std::size_t) + (key.capacity() > 15 ? key.capacity() + 1 : 0);
  return all;
}

}  // namespace tocsin::intel
