#include "pipeline/rule_alerts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "collect/block.h"
#include "pipeline/prefilter.h"
#include "pipeline/record_reader.h"
#include "report/alert_writer.h"

namespace tocsin {

namespace {

const std::string* name_in_rules(const std::vector<std::string>& names, const LogSourceClass& log_source) {
  for (const auto& [rule_name, event_name] : log_source.aliases) {
    if (std::ranges::find(names, event_name) != names.end()) return &rule_name;
  }
  return names.empty() ? nullptr : &names.front();
}

std::size_t bytes_of(const std::vector<AlertField>& fields) {
  std::size_t bytes = 0;
  for (const AlertField& field : fields) {
    bytes += sizeof field + field.name.size();
    for (const std::optional<std::string>& value : field.values) bytes += sizeof value + (value ? value->size() : 0);
  }
  return bytes;
}

}  // namespace

std::vector<AlertField> alert_fields(const Event& event, const PathTable& paths, const LogSourceClass& log_source) {
  std::map<std::string, AlertField> fields;
  for (const Value& value : event.values) {
    const PathMeaning& meaning = paths.meaning(value.path);
    const std::string* const name = name_in_rules(meaning.names, log_source);
    if (name == nullptr) continue;
    AlertField& field = fields[*name];
    field.name = *name;
    if (field.entity == EntityType::kNone) field.entity = meaning.entity;
  }
  const auto add = [&](const std::string& name, const Value& value) {
    const auto field = fields.find(name);
    if (field == fields.end()) return;
    std::optional<std::string>& text = field->second.values.emplace_back();
    if (value.kind != ValueKind::kNull) append_value_text(text.emplace(), value);
  };
  for (const Value& value : event.values) {
    const std::vector<std::string>& names = paths.meaning(value.path).names;
    for (const std::string& name : names) add(name, value);
    for (const auto& [rule_name, event_name] : log_source.aliases) {
      if (std::ranges::find(names, event_name) != names.end()) add(rule_name, value);
    }
  }
  std::vector<AlertField> list;
  for (auto& [name, field] : fields) list.push_back(std::move(field));
  return list;
}

/// Where the worker writes its alerts: here the event is taken down that it looks at.
class RuleAlerts::Ear : public AlertWriter {
 public:
  Ear(Engine& engine, const Options& options, std::set<std::string>& names) : engine_(engine), options_(options), names_(names) {}

  void watch(const Event& event, const PathTable& paths) {
    event_ = &event;
    paths_ = &paths;
  }
  void write(const Alert& alert, AlertText&) const override {
    const LogSourceClass& log_source = engine_.log_sources().get(event_->log_source);
    std::vector<AlertField> fields = alert_fields(*event_, *paths_, log_source);
    for (const Value& value : event_->values) {
      for (const std::string& name : paths_->meaning(value.path).names) names_.insert(name);
    }
    for (const AlertField& field : fields) names_.insert(field.name);
    if (options_.is_protected) std::erase_if(fields, options_.is_protected);
    heard_.push_back({alert.rule, alert.time, std::move(fields)});
  }
  /// In the order of the block's alerts.
  std::vector<Heard>& heard() { return heard_; }

 private:
  Engine& engine_;
  const Options& options_;
  std::set<std::string>& names_;
  const Event* event_ = nullptr;
  const PathTable* paths_ = nullptr;
  mutable std::vector<Heard> heard_;
};

/// What the store gives, record by record.
class RuleAlerts::Reader : public store::RecordVisitor {
 public:
  Reader(RuleAlerts& alerts, Ear& ear, Worker& worker) : alerts_(alerts), ear_(ear), worker_(worker) {}

  bool record(const store::StoredRecord& record) override {
    source_ = record.source;
    put_record(record.raw, record.received, block_);
    worker_.process(block_, source_, result_);
    for (Heard& heard : ear_.heard()) alerts_.keep(std::move(heard), source_, record.sequence);
    ear_.heard().clear();
    return alerts_.status_.has_value();
  }

 private:
  RuleAlerts& alerts_;
  Ear& ear_;
  Worker& worker_;
  std::string source_;
  Block block_;
  BlockResult result_;
};

RuleAlerts::RuleAlerts(Env& env, Engine& engine, Options options) : env_(env), engine_(engine), options_(std::move(options)) {}

void RuleAlerts::keep(Heard&& heard, std::string_view source, std::uint64_t index) {
  std::string id = alert_id(heard.rule->id, {{source, index}});
  const bool wanted = options_.wanted.contains(id);
  const std::size_t bytes = bytes_of(heard.fields);
  if (!wanted && (others_ >= kOthersMax || bytes_ + bytes > kBytesMax / 2)) return;
  if (bytes_ + bytes > kBytesMax) {
    status_ = Error{Code::kLimit, fmt::format("the events of the judged alerts are more than {} MB; read fewer of them (--since, fewer verdicts)", kBytesMax >> 20)};
    return;
  }
  if (!ids_.insert(id).second) return;
  bytes_ += bytes;
  if (!wanted) ++others_;
  found_.push_back({std::move(id), heard.time, std::string(source), index, std::move(heard.fields)});
}

Status RuleAlerts::of_files(const std::vector<FoundFile>& files, const WorkerOptions& options) {
  Ear ear(engine_, options_, names_);
  const std::vector<HitFields> no_hits(engine_.rules().rules.size());
  Worker worker(engine_, options, ear, no_hits);
  worker.watch_all([&](const Event& event, const PathTable& paths) { ear.watch(event, paths); });
  Block block;
  BlockResult result;
  for (const FoundFile& file : files) {
    auto reader = BlockReader::open(env_, file.path, engine_.text_rules());
    if (!reader) continue;
    for (std::uint64_t base = 0; status_;) {
      const Result<bool> more = (*reader)->next(block);
      if (!more || !*more) break;
      worker.process(block, file.source, result);
      for (std::size_t i = 0; i < ear.heard().size(); ++i) keep(std::move(ear.heard()[i]), file.source, base + result.alerts[i].local_index);
      ear.heard().clear();
      base += result.events;
    }
  }
  return status_;
}

Status RuleAlerts::of_store(EventSearch& search) {
  Ear ear(engine_, options_, names_);
  const std::vector<HitFields> no_hits(engine_.rules().rules.size());
  Worker worker(engine_, {}, ear, no_hits);
  worker.watch_all([&](const Event& event, const PathTable& paths) { ear.watch(event, paths); });
  Reader reader(*this, ear, worker);
  TRY(search.read_records(prefilter_of(engine_.rules(), engine_.taxonomy()).value_or(store::RecordCondition()), reader));
  return status_;
}

}  // namespace tocsin
