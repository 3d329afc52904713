#include "enrich/reputation_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include "base/text.h"

namespace tocsin::enrich {

namespace {

/// Of one list; the rest is counted.
constexpr std::size_t kNotesMax = 3;
constexpr std::size_t kNoteBytesMax = 80;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Without the comment; a # within a URL is part of it.
std::string_view entry_of(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with('#') || line.starts_with(';') || line.starts_with("//")) return {};
  for (std::size_t at = 1; at < line.size(); ++at) {
    if ((line[at] == '#' || line[at] == ';') && is_blank(line[at - 1])) return trimmed(line.substr(0, at));
  }
  return line;
}

/// The name in a line of a hosts file, else the line.
std::string_view without_sink(std::string_view entry) {
  const std::size_t blank = entry.find_first_of(" \t");
  if (blank == std::string_view::npos) return entry;
  const std::string_view first = entry.substr(0, blank);
  if (first != "0.0.0.0" && first != "127.0.0.1" && first != "::" && first != "::1") return entry;
  return trimmed(entry.substr(blank));
}

bool is_domain(std::string_view name) {
  if (name.size() > 253 || name.find('.') == std::string_view::npos) return false;
  std::size_t label = 0;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || static_cast<std::uint8_t>(c) >= 0x80;
    if (c != '.' && !good) return false;
    if (c == '.' && label == 0) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return label > 0;
}

std::string_view without_dots(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

std::string_view host_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#\\"));
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_hash(std::string_view text) {
  constexpr std::size_t kDigits[] = {32, 40, 56, 64, 96, 128};
  return std::ranges::find(kDigits, text.size()) != std::end(kDigits) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

bool ReputationLists::add_entry(std::string_view entry, TableValue value) {
  if (entry.size() > kReputationEntryBytesMax) return false;
  if (const std::string_view host = host_of_url(entry); !host.empty()) entry = host;
  entry = without_sink(entry);
  if (const std::optional<IpNetwork> network = read_network(entry)) {
    networks_.add(*network, value);
    return true;
  }
  folded_.clear();
  append_folded(folded_, entry);
  if (is_hash(folded_)) {
    hashes_.add(folded_, value);
    return true;
  }
  const std::string_view domain = without_dots(folded_);
  if (!is_domain(domain)) return false;
  domains_.add(domain, value);
  return true;
}

Status ReputationLists::add(Env& env, const ReputationSettings& settings, std::vector<std::string>& notes) {
  const std::string text = TRY(env.read_file(settings.file, kReputationFileBytesMax));
  ReputationListFacts facts{settings, env.modified_us(settings.file), 0, 0};
  const auto list = static_cast<std::uint16_t>(lists_.size());
  std::uint32_t line_number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view entry = entry_of(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line_number;
    if (entry.empty()) continue;
    if (networks_.size() + domains_.size() + hashes_.size() >= kReputationEntriesMax) {
      return Error{Code::kLimit, fmt::format("{}:{}: all reputation lists together have more than {} entries", settings.file, line_number, kReputationEntriesMax)};
    }
    if (add_entry(entry, {line_number, list})) {
      ++facts.entries;
    } else if (++facts.not_understood <= kNotesMax) {
      notes.push_back(fmt::format("{}:{}: '{}' is no address, network, domain, URL or hash and is passed over", settings.file, line_number, entry.substr(0, kNoteBytesMax)));
    }
  }
  if (facts.entries == 0 && facts.not_understood > 0) return Error{Code::kInvalid, fmt::format("{}: not one of its lines is an address, network, domain, URL or hash", settings.file)};
  if (facts.not_understood > kNotesMax) notes.push_back(fmt::format("{}: {} more lines are passed over", settings.file, facts.not_understood - kNotesMax));
  lists_.push_back(std::move(facts));
  return {};
}

void ReputationLists::finish() {
  networks_.finish();
  domains_.finish();
  hashes_.finish();
  folded_ = {};
}

void ReputationLists::tell(TableValue value, std::string entry, const Found& found) const {
  const ReputationListFacts& list = lists_[value.list];
  const ReputationSettings& settings = list.settings;
  found({settings.name, settings.category, std::move(entry), settings.score, settings.benign}, {settings.name, settings.file, fmt::format("line {}", value.line), list.written});
}

void ReputationLists::of_address(const IpAddress& address, const Found& found) const {
  const bool local = scope_of(address) == IpScope::kLocal;
  std::bitset<kReputationListsMax> told;
  networks_.each_that_holds(address, [&](const IpNetwork& network, TableValue value) {
    if (told[value.list] || (local && !lists_[value.list].settings.benign)) return true;
    told.set(value.list);
    tell(value, network_text(network), found);
    return told.count() < kReputationsMax;
  });
}

void ReputationLists::of_domain(std::string_view domain, const Found& found) const {
  if (domains_.size() == 0) return;
  const std::string folded_name = folded(domain);
  std::string_view name = without_dots(folded_name);
  std::bitset<kReputationListsMax> told;
  for (std::size_t labels = 0; !name.empty() && labels < kDomainLabelsMax; ++labels) {
    domains_.each_of(name, [&](TableValue value) {
      if (told[value.list]) return true;
      told.set(value.list);
      tell(value, std::string(name), found);
      return told.count() < kReputationsMax;
    });
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos || told.count() >= kReputationsMax) return;
    name.remove_prefix(dot + 1);
  }
}

void ReputationLists::of_hash(std::string_view hash, const Found& found) const {
  if (hashes_.size() == 0) return;
  const std::string wanted = folded(hash);
  std::size_t told = 0;
  hashes_.each_of(wanted, [&](TableValue value) {
    tell(value, wanted, found);
    return ++told < kReputationsMax;
  });
}

}  // namespace tocsin::enrich
