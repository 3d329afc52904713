#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/time.h"
#include "cli/model_brief.h"
#include "cli/output.h"
#include "cli/report.h"
#include "protect/redactor.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;

/// A shorter name of a user is a part of too many words.
constexpr std::size_t kUserNameBytesLeast = 3;

/// What stands under these keys are ids, hashes, words of a table and times: nothing of a person.
bool is_kept(std::string_view key) {
  constexpr std::array<std::string_view, 29> kKept = {"schema", "id", "alert", "sha256", "type", "spec_version", "created", "modified", "level", "status", "verdict", "classification", "time", "made", "first", "last", "techniqueID", "tactic", "uid",
                                                      "closed", "detected", "domain", "layer", "navigator", "version", "x_mitre_id", "external_id", "published", "valid_from"};
  return std::ranges::find(kKept, key) != kKept.end() || key.ends_with("_ref") || key.ends_with("_refs") || key.starts_with("first_") || key.starts_with("last_");
}

/// A whole id: of an incident, an alert, a hash.
bool is_id(std::string_view text) { return (text.size() == 32 || text.size() == 64) && text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

template <class Change>
void change_strings(json::value& value, const Change& change) {
  if (value.is_string()) {
    if (is_id(std::string_view(value.get_string().data(), value.get_string().size()))) return;
    value = json::string(change(std::string(value.get_string())));
  } else if (value.is_array()) {
    for (json::value& item : value.get_array()) change_strings(item, change);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) {
      const bool holds_ids = is_kept(std::string_view(member.key().data(), member.key().size())) && !member.value().is_object();
      if (!holds_ids) change_strings(member.value(), change);
    }
  }
}

}  // namespace

void ReportOptions::add_to(CLI::App& app, const std::vector<std::string>& formats, bool with_key) {
  data.add_to(app, with_key);
  std::string list;
  for (const std::string& one : formats) list += (list.empty() ? "" : ", ") + one;
  format = formats.front();
  app.add_option("--format", format, list)->check(CLI::IsMember(formats))->capture_default_str();
  app.add_option("--output", output, "write there instead of standard output")->type_name("FILE");
  app.add_option("--policy", policy, "the decision policy that is replayed (default: the one that is shipped)")->type_name("FILE");
  app.add_option("--now", now, "the time at which the report is taken to be made, as RFC 3339 (default: the clock)")->type_name("TIME");
  app.add_flag("--redact", redact, "for what leaves the house: names, addresses and other personal data are replaced");
}

std::optional<TimeUs> ReportOptions::made_at(Env& env) const {
  if (now.empty()) return env.now_us();
  const std::optional<TimeUs> time = parse_time(now);
  if (!time) complain(fmt::format("--now: '{}' is no time; write it as 2026-03-01T12:00:00Z", now));
  return time;
}

struct ReportRedactor::Names {
  std::vector<ModelBrief> briefs;
};

ReportRedactor::ReportRedactor(const std::vector<const Incident*>& incidents, const analyze::CaseBook& cases) : names_(std::make_unique<Names>()) {
  Incident all;
  for (const Incident* const one : incidents) {
    const auto add = [](std::vector<IncidentEntity>& to, const std::vector<IncidentEntity>& from) {
      for (const IncidentEntity& entity : from) {
        if (std::ranges::find(to, entity.value, &IncidentEntity::value) == to.end()) to.push_back(entity);
      }
    };
    add(all.hosts, one->hosts);
    add(all.accounts, one->accounts);
    add(all.addresses, one->addresses);
  }
  constexpr std::string_view kUser = "user ";
  for (const CaseAct& act : cases.acts()) {
    for (const std::string& name : {act.who.starts_with(kUser) ? act.who.substr(kUser.size()) : std::string(), act.assignee}) {
      const bool is_known = std::ranges::find(all.accounts, name, &IncidentEntity::value) != all.accounts.end();
      if (name.size() >= kUserNameBytesLeast && !is_known) all.accounts.push_back({name, 0});
    }
  }
  names_->briefs.emplace_back(all);
}
ReportRedactor::~ReportRedactor() = default;

std::string ReportRedactor::text(const std::string& text) const {
  const std::string unnamed = names_->briefs.front().without_names(text);
  protect::Redactor redactor({});
  std::string out;
  for (std::size_t from = 0; from <= unnamed.size();) {
    const std::size_t end = std::min(unnamed.find('\n', from), unnamed.size());
    if (from > 0) out += '\n';
    redactor.append_redacted(std::string_view(unnamed).substr(from, end - from), out);
    from = end + 1;
  }
  return out;
}

Result<std::string> ReportRedactor::json(const std::string& text_of_json) const {
  boost::system::error_code error;
  json::value value = json::parse(text_of_json, error);
  if (error) return Error{Code::kInvalid, "the report is no JSON: " + error.message()};
  change_strings(value, [&](const std::string& one) { return text(one); });
  return json::serialize(value) + "\n";
}

int write_report(const ReportOptions& options, const std::string& text) {
  const Result<std::unique_ptr<ByteSink>> sink = open_output(options.output);
  if (!sink) return complain(sink.error().message), kUsage;
  if (const Status status = (*sink)->write(text); !status) return complain(status.error().message), kIncomplete;
  return kDone;
}

std::string document_text(const ReportOptions& options, Document document, const ReportRedactor* redactor) {
  if (redactor != nullptr) document.change_texts([&](const std::string& text) { return redactor->text(text); });
  return options.format == "html" ? html_document(document) : markdown_document(document);
}

}  // namespace tocsin::cli
