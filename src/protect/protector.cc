#include "protect/protector.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "protect/json_places.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

constexpr int kNotKnown = -2, kNoRule = -1;
/// Of two edits that overlap the lower counts: what a field says of itself, what another field is mentioned as, what was found.
constexpr int kOfField = 0, kOfMention = 1, kOfFinding = 2;

bool is_in_name(char c) { return is_word(c) || c == '-'; }

/// Whether [from, to) of the text stands by itself.
bool stands_alone(std::string_view text, std::size_t from, std::size_t to) { return !is_in_name(char_before(text, from)) && !is_in_name(char_at(text, to)); }

std::string_view label_of(EntityType entity) {
  switch (entity) {
    case EntityType::kHost: return "HOST";
    case EntityType::kUser: return "USER";
    case EntityType::kProcess: return "PROCESS";
    case EntityType::kFile: return "FILE";
    case EntityType::kHash: return "HASH";
    case EntityType::kIp: return "IP";
    case EntityType::kDomain: return "DOMAIN";
    case EntityType::kUrl: return "URL";
    case EntityType::kMailbox: return "EMAIL";
    case EntityType::kCloudResource: return "CLOUD_RESOURCE";
    case EntityType::kNone: break;
  }
  return "REMOVED";
}

/// What a class of findings is as an entity.
EntityType entity_of(Kind kind) { return kind == Kind::kIp ? EntityType::kIp : kind == Kind::kEmail ? EntityType::kMailbox : EntityType::kNone; }

/// The values that detection sees lie in the bytes that were parsed, or were decoded from them.
bool lies_in(const RecordText& record, const Value& value) {
  return value.data >= record.parsed.data() && value.data + value.size <= record.parsed.data() + record.parsed.size();
}

/// The text as hexadecimal digits: how the Linux audit log writes what has spaces.
void append_hex_text(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

/// What the policy says where sender and log source are known: the numbers of its rules.
struct Protector::Lane {
  std::vector<bool> holds;            // by rule
  std::vector<std::int16_t> by_path;  // kNotKnown until it is asked
  std::array<std::int16_t, kKinds> by_kind{};
  bool has_kinds = false;
};

Protector::Protector(const Policy& policy, Tokens& tokens, const Naming& naming, const PathTable& paths, const LogSourceTable& log_sources)
    : policy_(policy), naming_(naming), paths_(paths), log_sources_(log_sources), replacer_(tokens) {
  std::vector<Kind> ignore;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const bool wanted = std::ranges::any_of(policy.rules, [&](const PolicyRule& rule) { return rule.kinds.test(kind) && rule.action != Action::kKeep; });
    if (!wanted) ignore.push_back(static_cast<Kind>(kind));
  }
  if (ignore.size() < kKinds) finder_ = std::make_unique<Finder>(std::move(ignore));
}

Protector::~Protector() = default;

Protector::Lane& Protector::lane(std::string_view source, LogSourceId log_source) {
  scratch_.assign(reinterpret_cast<const char*>(&log_source), sizeof log_source).append(source);
  if (const auto found = lanes_.find(scratch_); found != lanes_.end()) return *found->second;
  if (lanes_.size() >= kPolicyLanesMax) lanes_.clear();
  auto made = std::make_unique<Lane>();
  made->by_kind.fill(kNoRule);
  const LogSourceClass& of_event = log_sources_.get(log_source);
  for (std::size_t i = 0; i < policy_.rules.size(); ++i) {
    const PolicyRule& rule = policy_.rules[i];
    const bool of_source = rule.sources.empty() || std::ranges::any_of(rule.sources, [&](const std::string& pattern) { return fits_pattern(pattern, source); });
    const bool holds = of_source && (rule.log_source == LogSource() || of_event.fits(rule.log_source) != nullptr);
    made->holds.push_back(holds);
    for (std::size_t kind = 0; holds && kind < kKinds; ++kind) {
      if (made->by_kind[kind] == kNoRule && rule.kinds.test(kind)) made->by_kind[kind] = static_cast<std::int16_t>(i);
    }
  }
  made->has_kinds = std::ranges::any_of(made->by_kind, [&](int rule) { return rule != kNoRule && policy_.rules[static_cast<std::size_t>(rule)].action != Action::kKeep; });
  return *lanes_.emplace(scratch_, std::move(made)).first->second;
}

int Protector::rule_of_path(Lane& lane, PathId path) {
  if (lane.by_path.size() <= path) lane.by_path.resize(paths_.size(), kNotKnown);
  std::int16_t& known = lane.by_path[path];
  if (known == kNotKnown) known = static_cast<std::int16_t>(policy_.rule_of_field(paths_.name(path), paths_.meaning(path), lane.holds));
  return known;
}

bool Protector::is_mention(PathId path) {
  if (mentions_by_path_.size() <= path) mentions_by_path_.resize(paths_.size(), 0);
  std::uint8_t& known = mentions_by_path_[path];
  if (known == 0) {
    const std::vector<std::string>& names = paths_.meaning(path).names;
    known = path == PathTable::kRoot || std::ranges::any_of(policy_.mentions, [&](const std::string& pattern) {
              return fits_pattern(pattern, paths_.name(path)) || std::ranges::any_of(names, [&](const std::string& name) { return fits_pattern(pattern, name); });
            }) ? 2 : 1;
  }
  return known == 2;
}

void Protector::add_edit(std::size_t from, std::size_t to, std::string_view text, int rank) {
  edits_.push_back({from, to, texts_.size(), text.size(), rank});
  texts_ += text;
}

std::string_view Protector::text_of(const Value& value) {
  if (value.kind == ValueKind::kText) return value.raw();
  value_.clear();
  append_value_text(value_, value);
  return value_;
}

/// What was put for the core of a value stands for it wherever else it is mentioned.
void Protector::mention(EntityType entity, std::string_view value, std::string_view replaced) {
  const std::string_view core = Replacer::core_of(entity, value);
  if (core.size() < kMentionBytesMin || mentions_ >= kMentionedMax) return;
  if (mentioned_.size() <= mentions_) mentioned_.emplace_back();
  Mention& made = mentioned_[mentions_++];
  made.core = core;
  const auto before = static_cast<std::size_t>(core.data() - value.data());
  made.text.assign(replaced, before, replaced.size() - before - (value.size() - before - core.size()));
}

void Protector::look_at_value(const RecordText& record, const Value& value, const PolicyRule& rule, EntityType entity) {
  const std::string_view text = text_of(value);
  const Replacement how{rule.action, entity, label_of(entity), &rule.except, rule.forget_after_days};
  scratch_.clear();
  if (!replacer_.append(how, text, scratch_)) return;
  mention(entity, text, scratch_);
  if (!lies_in(record, value)) return place_elsewhere(record, text, scratch_);
  const std::size_t from = record.shift + static_cast<std::size_t>(value.data - record.parsed.data());
  escaped_.clear();
  if (!record.is_json) {
    escaped_ = scratch_;
  } else {
    const bool quote = value.kind != ValueKind::kJsonText && value.kind != ValueKind::kText;
    if (quote) escaped_ += '"';
    append_json_escaped(escaped_, scratch_);
    if (quote) escaped_ += '"';
  }
  add_edit(from, from + value.size, escaped_, kOfField);
}

/// As it is written, or in hexadecimal digits, wherever it stands by itself.
void Protector::place_elsewhere(const RecordText& record, std::string_view value, std::string_view text) {
  const std::string_view raw = record.raw;
  bool found = false;
  const auto find = [&](std::string_view wanted) {
    for (std::size_t at = raw.find(wanted); at != std::string_view::npos; at = raw.find(wanted, at + wanted.size())) {
      if (!stands_alone(raw, at, at + wanted.size())) continue;
      add_edit(at, at + wanted.size(), text, kOfField);
      found = true;
    }
  };
  find(value);
  if (!found) {
    escaped_.clear();
    append_hex_text(value, escaped_);
    find(escaped_);
  }
  if (!found) ++unplaced_;
}

void Protector::look_at_fields(const RecordText& record, const Event& event, Lane& lane) {
  mentions_ = 0;
  kept_.clear();
  for (const Value& value : event.values) {
    if (value.derived || value.kind == ValueKind::kNull || value.size == 0 || value.path == PathTable::kRoot) continue;
    const int number = rule_of_path(lane, value.path);
    if (number == kNoRule) continue;
    const PolicyRule& rule = policy_.rules[static_cast<std::size_t>(number)];
    if (rule.action != Action::kKeep) {
      look_at_value(record, value, rule, paths_.meaning(value.path).entity);
    } else if (lies_in(record, value)) {
      const std::size_t from = record.shift + static_cast<std::size_t>(value.data - record.parsed.data());
      kept_.emplace_back(from, from + value.size);
    }
  }
}

void Protector::find_mentions(const RecordText& record, std::size_t from, std::size_t to) {
  const std::string_view raw = record.raw;
  const std::string_view text = raw.substr(from, to - from);
  for (std::size_t i = 0; i < mentions_; ++i) {
    const Mention& mention = mentioned_[i];
    std::string_view wanted = mention.core;
    if (record.is_json) {
      value_.clear();
      append_json_escaped(value_, mention.core);
      wanted = value_;
    }
    for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + wanted.size())) {
      if (record.is_json && cut_escape(text, at) > 0) continue;
      const std::size_t end = at + wanted.size();
      const bool begins = !is_in_name(char_before(text, at)) || (record.is_json && escape_ends(text, at));
      if (begins && !is_in_name(char_at(text, end))) add_edit(from + at, from + at + wanted.size(), mention.text, kOfMention);
    }
  }
}

void Protector::look_at_mentions(const RecordText& record, const Event& event) {
  if (mentions_ == 0) return;
  if (!record.is_json) return find_mentions(record, 0, record.raw.size());
  for (const Value& value : event.values) {
    if (value.derived || value.kind != ValueKind::kJsonText || !is_mention(value.path)) continue;
    if (!lies_in(record, value)) continue;
    const std::size_t from = record.shift + static_cast<std::size_t>(value.data - record.parsed.data());
    find_mentions(record, from, from + value.size);
  }
}

/// Messages of Windows put tabs before what they say, which JSON writes as "\t": a letter that would belong to the word behind it. Two spaces stand there instead, so that places stay.
std::string_view Protector::without_tabs(std::string_view raw) {
  if (raw.find("\\t") == std::string_view::npos) return raw;
  spaced_ = raw;
  for (std::size_t at = spaced_.find('\\'); at != std::string::npos && at + 1 < spaced_.size(); at = spaced_.find('\\', at + 2)) {
    if (spaced_[at + 1] == 't') spaced_[at] = spaced_[at + 1] = ' ';
  }
  return spaced_;
}

void Protector::look_at_findings(const RecordText& record, Lane& lane) {
  if (finder_ == nullptr || !lane.has_kinds) return;
  finder_->find(record.is_json ? without_tabs(record.raw) : record.raw, found_);
  JsonStrings strings(record.raw);
  for (const Finding& one : found_) {
    const int number = lane.by_kind[static_cast<std::size_t>(one.kind)];
    if (number == kNoRule) continue;
    const PolicyRule& rule = policy_.rules[static_cast<std::size_t>(number)];
    std::size_t from = one.from, to = one.to;
    if (std::ranges::any_of(kept_, [&](const auto& kept) { return kept.first <= from && to <= kept.second; })) continue;
    const Replacement how{rule.action, entity_of(one.kind), name_of(one.kind), &rule.except, rule.forget_after_days};
    scratch_.clear();
    if (!replacer_.append(how, record.raw.substr(from, to - from), scratch_)) continue;
    escaped_.clear();
    if (!record.is_json) {
      escaped_ = scratch_;
    } else if (strings.has(from)) {
      if (from > 0 && cut_escape(record.raw, from) > 0) from = record.raw.rfind('\\', from - 1);
      to += cut_escape(record.raw, to);
      append_json_escaped(escaped_, scratch_);
    } else {
      widen_to_value(record.raw, from, to);
      escaped_ += '"';
      append_json_escaped(escaped_, scratch_);
      escaped_ += '"';
    }
    add_edit(from, to, escaped_, kOfFinding);
  }
}

/// Of edits that overlap the first in rank says what stands there, over all that they cover.
void Protector::apply(std::string_view raw, std::string& out) {
  std::ranges::sort(edits_, [](const Edit& a, const Edit& b) { return a.from != b.from ? a.from < b.from : a.rank != b.rank ? a.rank < b.rank : a.to > b.to; });
  std::size_t kept = 0;
  for (const Edit& one : edits_) {
    if (kept == 0 || edits_[kept - 1].to <= one.from) {
      edits_[kept++] = one;
      continue;
    }
    Edit& last = edits_[kept - 1];
    if (one.rank < last.rank) last.text = one.text, last.size = one.size, last.rank = one.rank;
    last.to = std::max(last.to, one.to);
  }
  edits_.resize(kept);
  out.clear();
  std::size_t done = 0;
  for (const Edit& one : edits_) {
    out += raw.substr(done, one.from - done);
    out += std::string_view(texts_).substr(one.text, one.size);
    done = one.to;
  }
  out += raw.substr(done);
}

bool Protector::protect(const RecordText& record, const Event& event, std::string_view source, std::string& out) {
  edits_.clear();
  texts_.clear();
  Lane& here = lane(source, event.log_source);
  look_at_fields(record, event, here);
  look_at_mentions(record, event);
  look_at_findings(record, here);
  if (edits_.empty()) return false;
  apply(record.raw, out);
  return true;
}

/// Of a value that no rule is about: what it mentions, and what is found in it.
void Protector::append_text(std::string_view value, Lane& lane, std::string& out) {
  edits_.clear();
  kept_.clear();
  texts_.clear();
  const RecordText text{value, value, 0, false};
  find_mentions(text, 0, value.size());
  look_at_findings(text, lane);
  scratch_.clear();
  apply(value, scratch_);
  out += scratch_;
}

void Protector::append_entity(EntityType entity, std::string_view value, std::string_view source, LogSourceId log_source, std::string& out) {
  Lane& here = lane(source, log_source);
  const int number = policy_.rule_of_field("", {.names = {}, .entity = entity}, here.holds);
  const PolicyRule* const rule = number == kNoRule ? nullptr : &policy_.rules[static_cast<std::size_t>(number)];
  scratch_.clear();
  if (rule == nullptr || !replacer_.append({rule->action, entity, label_of(entity), &rule->except}, value, scratch_)) return append_text(value, here, out);
  mention(entity, value, scratch_);
  out += scratch_;
}

void Protector::append_value(std::string_view field, std::string_view value, std::string_view source, LogSourceId log_source, std::string& out) {
  Lane& here = lane(source, log_source);
  const PathMeaning meaning = naming_.meaning(field);
  const int number = field.empty() ? kNoRule : policy_.rule_of_field(field, meaning, here.holds);
  if (number != kNoRule) {
    const PolicyRule& rule = policy_.rules[static_cast<std::size_t>(number)];
    if (rule.action == Action::kKeep) {
      out += value;
      return;
    }
    if (replacer_.append({rule.action, meaning.entity, label_of(meaning.entity), &rule.except}, value, out)) return;
  }
  append_text(value, here, out);
}

}  // namespace tocsin::protect
