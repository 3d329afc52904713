#include "pipeline/source_survey.h"

#include <algorithm>
#include <cstring>

#include "normalize/vpc_flow.h"

namespace tocsin {

namespace {

std::string_view without_blanks(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = line.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::uint64_t SurveyedInput::unknown() const {
  std::uint64_t unknown = damaged;
  for (const SurveyedGroup& group : groups) unknown += group.format.empty() ? group.events : 0;
  return unknown;
}

SourceSurvey::SourceSurvey(Env& env, const Taxonomy& taxonomy, std::vector<ForcedFormat> forced)
    : env_(env),
      forced_(std::move(forced)),
      paths_(taxonomy),
      json_(paths_),
      text_(paths_, &taxonomy.formats()),
      evtx_(paths_),
      classifier_(taxonomy, log_sources_, paths_),
      projector_(taxonomy, log_sources_, paths_) {}

void SourceSurvey::count(Event& event, std::string_view format) {
  classifier_.classify(event);
  auto at = groups_.find(format);
  if (at == groups_.end()) at = groups_.emplace(groups_.size() < kSurveyedGroupsMax ? std::string(format) : std::string("others"), Group()).first;
  Group& group = at->second;
  ++group.events;
  group.with_time += event.time != kNoTime ? 1 : 0;
  ++group.classes[event.log_source];
  count_unplaced(event, group);
}

void SourceSurvey::count_unplaced(const Event& event, Group& group) {
  projected_.clear();
  projector_.append(event, projected_);
  const auto said = static_cast<std::uint64_t>(std::ranges::count(event.values, false, &Value::derived));
  group.values += said;
  group.unplaced += said - projector_.mapped();
  for (const PathId path : projector_.unplaced()) {
    const auto at = group.unplaced_paths.find(path);
    if (at != group.unplaced_paths.end()) {
      ++at->second;
    } else if (group.unplaced_paths.size() < kUnplacedPathsMax) {
      group.unplaced_paths.emplace(path, 1);
    }
  }
}

void SourceSurvey::read_json(std::string_view text) {
  if (json_.parse(text, event_)) return count(event_, "json");
  ++damaged_;
}

void SourceSurvey::read_json_lines(const Block& block) {
  std::string_view rest = block.text();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.size(), rest.find('\n'));
    const std::string_view line = without_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    if (!line.empty()) read_json(line);
  }
}

void SourceSurvey::read_evtx(const Block& block) {
  evtx_.read({block.bytes.data(), block.size}, [&](const EvtxRecord& record, Event& event) {
    damaged_ += record.damage != nullptr ? 1 : 0;
    count(event, "evtx");
  });
}

void SourceSurvey::add(const Block& block, const std::string& source) {
  const TimeUs latest = block.modified_us != kNoTime ? block.modified_us : env_.now_us();
  classifier_.begin_source(source, latest);
  if (block.format == Format::kJsonLines) return read_json_lines(block);
  if (block.format == Format::kEvtx) return read_evtx(block);
  if (block.format == Format::kJsonDocument) {
    for (const Piece& piece : block.pieces) {
      if (piece.damage == nullptr) {
        read_json(block.text().substr(piece.from, piece.size));
      } else {
        damaged_ += piece.counts ? 1 : 0;
      }
    }
    return;
  }
  text_.force(forced_format(forced_, source));
  text_.begin_file(latest, block.fields_line);
  text_.parse(block.text(), [&](Event& event, std::size_t) {
    const bool is_head = event.text.starts_with('#') || (text_.format().empty() && is_vpc_head(event.text));
    if (!is_head) count(event, text_.format());
  });
}

SurveyedGroup SourceSurvey::group_of(const std::string& format, const Group& group) const {
  SurveyedGroup out{format, {}, group.events, group.with_time, 0, group.values, group.unplaced, {}};
  std::uint64_t most = 0;
  for (const auto& [id, events] : group.classes) {
    const LogSourceClass& log_source = log_sources_.get(id);
    if (log_source.sources.empty()) continue;
    out.with_source += events;
    if (events <= most) continue;
    most = events;
    out.log_sources.clear();
    for (const LogSource& source : log_source.sources) out.log_sources.push_back(source.product + "/" + source.category + "/" + source.service);
  }
  for (const auto& [path, events] : group.unplaced_paths) out.fields.push_back({paths_.name(path), events});
  std::ranges::sort(out.fields, [](const UnplacedField& a, const UnplacedField& b) { return a.events != b.events ? a.events > b.events : a.path < b.path; });
  return out;
}

Status SourceSurvey::add(const FoundFile& file) {
  const std::unique_ptr<BlockReader> reader = TRY(BlockReader::open(env_, file.path, {text_cut, text_fields_line}));
  Block block;
  for (bool more = true; more;) {
    const Result<bool> next = reader->next(block);
    if (!next) {
      ++damaged_;
      continue;  // the end comes next
    }
    more = *next;
    if (more) add(block, file.source);
  }
  return {};
}

SurveyedInput SourceSurvey::taken(const std::string& source) {
  SurveyedInput input{source, 0, damaged_, {}};
  for (const auto& [format, group] : groups_) {
    input.events += group.events;
    input.groups.push_back(group_of(format, group));
  }
  std::ranges::stable_sort(input.groups, std::greater{}, &SurveyedGroup::events);
  groups_.clear();
  damaged_ = 0;
  return input;
}

Result<SurveyedInput> SourceSurvey::read(const FoundFile& file) {
  taken({});
  if (const Status added = add(file); !added) return added.error();
  return taken(file.source);
}

}  // namespace tocsin
