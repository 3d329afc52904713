#include "pipeline/record_reader.h"

#include <algorithm>
#include <cstring>

#include "normalize/text_records.h"

namespace tocsin {

namespace {

/// A record of JSON, if it is one, without the blanks around it.
std::string_view as_json(std::string_view raw) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = raw.find_first_not_of(kBlanks);
  if (first == std::string_view::npos || raw[first] != '{') return {};
  return raw.substr(first, raw.find_last_not_of(kBlanks) - first + 1);
}

void put_bytes(std::string_view bytes, Block& block) {
  block.bytes.resize(std::max(block.bytes.size(), bytes.size() + Block::kPadding));
  if (!bytes.empty()) std::memcpy(block.bytes.data(), bytes.data(), bytes.size());
  std::memset(block.bytes.data() + bytes.size(), 0, Block::kPadding);
  block.size = bytes.size();
}

}  // namespace

std::size_t put_record(std::string_view raw, TimeUs received, Block& block) {
  block.pieces.clear();
  block.fields_line.clear();
  block.first = true;
  block.modified_us = received;
  if (const std::string_view json = as_json(raw); !json.empty()) {
    put_bytes(json, block);
    block.format = Format::kJsonDocument;
    block.pieces.push_back({0, static_cast<std::uint32_t>(json.size()), nullptr, true});
    return static_cast<std::size_t>(json.data() - raw.data());
  }
  while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.remove_suffix(1);
  const TextRecordParts parts = text_record_parts(raw);
  put_bytes(parts.text, block);
  block.format = Format::kText;
  block.fields_line = parts.columns;
  if (!parts.lines) std::replace(block.bytes.data(), block.bytes.data() + block.size, '\n', ' ');
  return parts.text.empty() ? 0 : static_cast<std::size_t>(parts.text.data() - raw.data());
}

RecordReader::RecordReader(const Taxonomy& taxonomy, LogSourceTable& log_sources)
    : taxonomy_(taxonomy), log_sources_(log_sources), paths_(taxonomy), json_(paths_), text_(paths_, &taxonomy.formats()), classifier_(taxonomy, log_sources, paths_), column_reader_(taxonomy, paths_), partial_columns_(taxonomy, log_sources, paths_) {}

template <class Visit>
void RecordReader::parse(std::string_view raw, TimeUs received, Visit&& visit) {
  shift_ = put_record(raw, received, block_);
  const auto classified = [&](Event& event) {
    classifier_.classify(event);
    visit(event);
  };
  if (block_.format == Format::kJsonDocument) {
    if (json_.parse(block_.text(), event_)) classified(event_);
    return;
  }
  text_.begin_file(received, block_.fields_line);
  text_.parse(block_.text(), [&](Event& event, std::uint64_t) { classified(event); });
}

void RecordReader::read(std::string_view raw, TimeUs received, EventColumns& columns) {
  bool found = false;
  parse(raw, received, [&](const Event& event) {
    if (std::exchange(found, true)) return;
    column_reader_.read(event, columns);
    columns.partial = partial_columns_.of(event, columns);
  });
  if (found) return;
  column_reader_.read(Event(), columns);
  columns.partial = kAllPartial;
}

void RecordReader::protect_with(const protect::Policy& policy, Tokens& tokens) {
  protector_.reset();
  if (policy.changes_anything()) protector_ = std::make_unique<protect::Protector>(policy, tokens, taxonomy_, paths_, log_sources_);
}

/// The columns of a record of which nothing is replaced, as most are, are read in the same pass.
std::string_view RecordReader::read(std::string_view raw, TimeUs received, std::string_view source, EventColumns& columns) {
  classifier_.begin_source(source, received);
  if (protector_ == nullptr) {
    read(raw, received, columns);
    return raw;
  }
  bool found = false, changed = false;
  parse(raw, received, [&](const Event& event) {
    if (std::exchange(found, true)) return;
    changed = protector_->protect({raw, block_.text(), shift_, block_.format == Format::kJsonDocument}, event, source, kept_);
    if (changed) return;
    column_reader_.read(event, columns);
    columns.partial = partial_columns_.of(event, columns);
  });
  if (!found) {  // it does not parse: what is found in it is replaced all the same
    changed = protector_->protect({raw, raw, 0, false}, Event(), source, kept_);
    column_reader_.read(Event(), columns);
    columns.partial = kAllPartial;
  }
  if (!changed) return raw;
  if (found) read(kept_, received, columns);
  return kept_;
}

/// Asked for one name over many records, so the answers for each path are kept as long as the name stays.
bool RecordReader::has_name(PathId path, std::string_view name) {
  if (name_ != name) {
    name_ = name;
    has_name_.clear();
  }
  if (has_name_.size() <= path) has_name_.resize(path + 1);
  std::uint8_t& known = has_name_[path];
  if (known == 0) {
    const std::vector<std::string>& names = paths_.meaning(path).names;
    known = paths_.name(path) == name || std::ranges::find(names, name) != names.end() ? 2 : 1;
  }
  return known == 2;
}

void RecordReader::values(std::string_view raw, std::string_view name, std::vector<std::optional<std::string>>& values) {
  values.clear();
  parse(raw, kNoTime, [&](const Event& event) {
    for (const Value& value : event.values) {
      if (!has_name(value.path, name)) continue;
      std::optional<std::string>& text = values.emplace_back();
      if (value.kind != ValueKind::kNull) append_value_text(text.emplace(), value);
    }
  });
}

}  // namespace tocsin
