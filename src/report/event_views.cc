#include "report/event_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/json_text.h"

namespace tocsin {

namespace {

constexpr std::string_view kEcsVersion = "8.11.0";

/// Each path once, its values in a list if there are several. A line of text is called "record".
void append_fields(std::string& out, const Event& event, const PathTable& paths, ViewScratch& scratch) {
  auto& order = scratch.order;
  order.clear();
  for (std::uint32_t i = 0; i < event.values.size(); ++i) {
    if (!event.values[i].derived) order.emplace_back(event.values[i].path, i);
  }
  std::ranges::sort(order);
  out.push_back('{');
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    for (to = from; to < order.size() && order[to].first == order[from].first;) ++to;
    if (from > 0) out.push_back(',');
    const std::string& name = paths.name(order[from].first);
    append_string(out, name.empty() ? std::string_view("record") : std::string_view(name));
    out.append(to - from > 1 ? ":[" : ":");
    for (std::size_t i = from; i < to; ++i) {
      if (i > from) out.push_back(',');
      append_value_json(out, event.values[order[i].second]);
    }
    if (to - from > 1) out.push_back(']');
  }
  out.push_back('}');
}

void append_log_sources(std::string& out, const LogSourceClass& log_source) {
  out.push_back('[');
  for (std::size_t i = 0; i < log_source.sources.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_log_source(out, log_source.sources[i]);
  }
  out.push_back(']');
}

void append_entities(std::string& out, const Event& event, const PathTable& paths) {
  bool first = true;
  out.push_back('[');
  for (const Value& value : event.values) {
    const EntityType type = paths.meaning(value.path).entity;
    if (type == EntityType::kNone || value.kind == ValueKind::kNull || value.derived || value.size == 0) continue;
    fmt::format_to(std::back_inserter(out), "{}{{\"type\":\"{}\",\"value\":", first ? "" : ",", entity_name(type));
    append_value_json(out, value);
    out.push_back('}');
    first = false;
  }
  out.push_back(']');
}

/// An object of ECS: opened by its first member that says something.
class EcsObject {
 public:
  EcsObject(std::string& out, std::string_view name) : out_(out), name_(name) {}
  EcsObject(const EcsObject&) = delete;
  EcsObject& operator=(const EcsObject&) = delete;
  ~EcsObject() {
    if (open_) out_.push_back('}');
  }

  void add(std::string_view member, std::string_view text) {
    if (text.empty()) return;
    begin(member);
    append_string(out_, text);
  }
  void add(std::string_view member, std::int32_t number) {
    if (number < 0) return;
    begin(member);
    fmt::format_to(std::back_inserter(out_), "{}", number);
  }
  template <class Texts>
  void add_list(std::string_view member, const Texts& texts) {
    bool first = true;
    for (const std::string_view text : texts) {
      if (text.empty()) continue;
      if (first) begin(member);
      out_.push_back(first ? '[' : ',');
      append_string(out_, text);
      first = false;
    }
    if (!first) out_.push_back(']');
  }

 private:
  void begin(std::string_view member) {
    if (open_) {
      out_.push_back(',');
    } else {
      fmt::format_to(std::back_inserter(out_), ",\"{}\":{{", name_);
    }
    fmt::format_to(std::back_inserter(out_), "\"{}\":", member);
    open_ = true;
  }

  std::string& out_;
  const std::string_view name_;
  bool open_ = false;
};

void append_event_object(std::string& out, const Event& event, const EventColumns& columns, const LogSourceClass& log_source, ViewScratch& scratch) {
  static const LogSource kNone;
  const LogSource& source = log_source.sources.empty() ? kNone : log_source.sources.front();
  std::string& text = scratch.text;
  EcsObject object(out, "event");
  object.add("kind", "event");
  object.add("module", source.product);
  if (!source.product.empty() && !source.service.empty()) object.add("dataset", text.assign(source.product).append(".").append(source.service));
  object.add("code", columns.text(Column::kEventCode));
  object.add("outcome", columns.text(Column::kOutcome));
  for (const Value& value : event.values) {
    if (value.path != PathTable::kRoot || value.derived) continue;
    text.clear();
    append_value_text(text, value);
    object.add("original", text);
    break;
  }
}

void append_process_object(std::string& out, const EventColumns& columns) {
  const auto member = [](const std::string& program) { return program.find_first_of("/\\") == std::string::npos ? "name" : "executable"; };
  const std::string& parent = columns.text(Column::kParentProcess);
  EcsObject object(out, "process");
  object.add(member(columns.text(Column::kProcess)), columns.text(Column::kProcess));
  object.add("command_line", columns.text(Column::kCommandLine));
  object.add(member(parent) == std::string_view("name") ? "parent.name" : "parent.executable", parent);
}

}  // namespace

void append_fields_view(std::string& out, std::string_view source, const Event& event, const PathTable& paths, const LogSourceTable& log_sources, ViewScratch& scratch) {
  out.append("{\"time\":");
  append_time_or_null(out, event.time);
  out.append(",\"source\":");
  append_string(out, source);
  out.append(",\"log_source\":");
  append_log_sources(out, log_sources.get(event.log_source));
  out.append(",\"entities\":");
  append_entities(out, event, paths);
  out.append(",\"fields\":");
  append_fields(out, event, paths, scratch);
  out.push_back('}');
}

void append_ecs_view(std::string& out, const Event& event, const EventColumns& columns, const PathTable& paths, const LogSourceTable& log_sources, ViewScratch& scratch) {
  const LogSourceClass& log_source = log_sources.get(event.log_source);
  out.append("{\"@timestamp\":");
  append_time_or_null(out, event.time);
  fmt::format_to(std::back_inserter(out), ",\"ecs\":{{\"version\":\"{}\"}}", kEcsVersion);
  append_event_object(out, event, columns, log_source, scratch);
  EcsObject(out, "host").add("name", columns.text(Column::kHost));
  EcsObject(out, "user").add("name", columns.text(Column::kUser));
  append_process_object(out, columns);
  const auto add_end = [&](std::string_view name, Column address, std::int32_t port) {
    EcsObject object(out, name);
    object.add("ip", columns.text(address));
    object.add("port", port);
  };
  add_end("source", Column::kSourceIp, columns.source_port);
  add_end("destination", Column::kDestinationIp, columns.destination_port);
  const bool dns = std::ranges::any_of(log_source.sources, [](const LogSource& each) { return each.category.starts_with("dns"); });
  EcsObject(out, dns ? "dns" : "url").add(dns ? "question.name" : "domain", columns.text(Column::kDomain));
  EcsObject(out, "file").add("path", columns.text(Column::kFile));
  EcsObject(out, "registry").add("path", columns.text(Column::kRegistryKey));
  {
    EcsObject related(out, "related");
    related.add_list("ip", std::initializer_list<std::string_view>{columns.text(Column::kSourceIp), columns.text(Column::kDestinationIp)});
    related.add_list("user", std::initializer_list<std::string_view>{columns.text(Column::kUser)});
    related.add_list("hosts", std::initializer_list<std::string_view>{columns.text(Column::kHost)});
    related.add_list("hash", columns.hashes);
  }
  out.append(",\"tocsin\":{\"log_source\":");
  append_log_sources(out, log_source);
  out.append(",\"fields\":");
  append_fields(out, event, paths, scratch);
  out.append("}}");
}

}  // namespace tocsin
