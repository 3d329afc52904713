#include "detect/sigma/load.h"

#include <algorithm>
#include <unordered_set>

#include "base/sha256.h"
#include "detect/sigma/documents.h"
#include "detect/sigma/finish.h"
#include "detect/sigma/link.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/pipeline.h"

namespace tocsin::sigma {
namespace {

bool is_rule_file(std::string_view path) {
  const std::string lower = lower_ascii(path.substr(path.size() < 5 ? 0 : path.size() - 5));
  return lower.ends_with(".yml") || lower.ends_with(".yaml");
}

/// 16 bytes of SHA-256: as many as an alert id has.
std::string id_of_text(std::string_view text) {
  std::string id = "file:";
  append_hex(id, sha256(text), 16);
  return id;
}

class Loader {
 public:
  Loader(const std::vector<RuleText>& texts, const LoadOptions& options)
      : texts_(texts), today_(options.today), diagnostics_(options.lint) {
    sources_.reserve(texts.size());  // drafts point into it
    for (const RuleText& text : texts) sources_.push_back({text.file, text.text});
    pipeline_sources_.reserve(options.pipelines.size());
    for (const PipelineText& text : options.pipelines) pipeline_sources_.push_back({text.file, text.text});
  }

  LoadResult run() {
    for (const Source& source : pipeline_sources_) {
      if (!pipelines_.add(source, diagnostics_)) result_.pipeline_failed = true;
    }
    if (!result_.pipeline_failed) load();
    result_.set.diagnostics = diagnostics_.take();
    return std::move(result_);
  }

 private:
  void load() {
    for (std::size_t i = 0; i < sources_.size(); ++i) read_file(sources_[i], texts_[i].from_folder);
    Index index;
    rejected() += index.build(drafts_, diagnostics_);
    result_.set.filters_applied = apply_filters(drafts_, index, pipelines_, today_, diagnostics_, rejected());
    const Links links = resolve_correlations(drafts_, index, diagnostics_);
    run_pipelines(links);
    finish_rules();
    finish_correlations(links);
  }

  std::size_t& rejected() { return result_.set.rejected; }

  void read_file(const Source& source, bool from_folder) {
    std::size_t failed = 0;
    const bool silent = from_folder && !looks_like_rule(source.text);
    Diagnostics unheard(false);
    const std::vector<Document> documents = read_documents(source, silent ? unheard : diagnostics_, failed);
    if (!silent) rejected() += failed;
    for (const Document& document : documents) {
      if (!read_document(document, source, from_folder)) reject(document.root);
    }
    if (documents.empty() && failed == 0 && !from_folder) {
      diagnostics_.add(Issue::kNotARule, source, {1, 1}, "the file has no rule");
      ++rejected();
    }
  }

  bool read_document(const Document& document, const Source& source, bool from_folder) {
    const YamlNode& root = document.root;
    const auto refuse = [&](Issue issue, std::string message) {
      if (from_folder) return true;
      diagnostics_.add(issue, source, root.at, std::move(message));
      return false;
    };
    if (!root.is_mapping()) return refuse(Issue::kNotAMapping, "the document is not a mapping");
    const YamlNode* action = root.find("action");
    if (root.find("correlation") != nullptr) {
      return keep(parse_correlation(root, source, diagnostics_), document, drafts_.correlations,
                  [](DraftCorrelation& draft) -> std::string& { return draft.correlation.id; });
    }
    if (root.find("detection") != nullptr && action == nullptr) {
      return keep(parse_rule(root, source, diagnostics_), document, drafts_.rules,
                  [](DraftRule& draft) -> std::string& { return draft.rule.id; });
    }
    if (root.find("filter") != nullptr && action == nullptr) {
      return keep(parse_filter(root, source, diagnostics_), document, drafts_.filters,
                  [](DraftFilter& draft) -> std::string& { return draft.filter.id; });
    }
    if (action != nullptr && (root.find("detection") != nullptr || root.find("filter") != nullptr || !from_folder)) {
      diagnostics_.add(Issue::kCollectionAction, source, action->at,
                       "'action: " + action->scalar + "' is not supported");
      return false;
    }
    return refuse(Issue::kNotARule, "the document has no detection, correlation or filter");
  }

  template <class Draft, class Id>
  bool keep(std::optional<Draft>&& draft, const Document& document, std::vector<Draft>& drafts, const Id& id) {
    if (!draft) return false;
    if (id(*draft).empty()) id(*draft) = id_of_text(document.text);
    drafts.push_back(std::move(*draft));
    return true;
  }

  void reject(const YamlNode& root) {
    ++rejected();
    for (const std::string_view key : {"id", "name"}) {
      const std::string_view text = root.text(key);
      if (!text.empty()) drafts_.rejected.insert(key == "id" ? lower_ascii(text) : std::string(text));
    }
  }

  void run_pipelines(const Links& links) {
    if (pipelines_.empty()) return;
    for (std::size_t i = 0; i < drafts_.correlations.size(); ++i) {
      DraftCorrelation& draft = drafts_.correlations[i];
      // Before the rules, since conditions ask for the log sources that the rules came with.
      if (!draft.rejected && !pipelines_.apply(draft, rules_below(drafts_, links, i), diagnostics_))
        draft.rejected = true;
    }
    for (DraftRule& draft : drafts_.rules) {
      if (draft.rejected || pipelines_.apply(draft, diagnostics_)) continue;
      draft.rejected = true;
      ++rejected();
    }
  }

  void finish_rules() {
    place_.resize(drafts_.rules.size());
    for (std::size_t i = 0; i < drafts_.rules.size(); ++i) {
      DraftRule& draft = drafts_.rules[i];
      if (draft.rejected) continue;
      std::optional<Rule> rule = finish_rule(draft, diagnostics_);
      if (!rule) {
        draft.rejected = true;
        ++rejected();
        continue;
      }
      place_[i] = result_.set.rules.size();
      result_.set.rules.push_back(std::move(*rule));
    }
  }

  void finish_correlations(const Links& links) {
    for (const std::size_t i : order_correlations(drafts_, links, diagnostics_)) {
      result_.set.correlations.push_back(std::move(drafts_.correlations[i].correlation));
    }
    for (std::size_t i = 0; i < drafts_.rules.size(); ++i) {
      if (!drafts_.rules[i].rejected) result_.set.rules[place_[i]].reported = drafts_.rules[i].rule.reported;
    }
    rejected() += drafts_.correlations.size() - result_.set.correlations.size();
  }

  const std::vector<RuleText>& texts_;
  const std::string today_;
  std::vector<Source> sources_, pipeline_sources_;
  Diagnostics diagnostics_;
  Pipelines pipelines_;
  Drafts drafts_;
  std::vector<std::size_t> place_;  // of a draft rule in the set
  LoadResult result_;
};

}  // namespace

LoadResult load(const std::vector<RuleText>& texts, const LoadOptions& options) { return Loader(texts, options).run(); }

std::vector<RuleText> read_rule_files(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors) {
  std::vector<RuleText> texts;
  std::unordered_set<std::string> seen;  // a file named twice is one file
  for (const std::string& path : paths) {
    const bool from_folder = env.is_folder(path);
    for (FoundFile& found : find_files(env, path, errors)) {
      if ((from_folder && !is_rule_file(found.path)) || !seen.insert(found.path).second) continue;
      Result<std::string> text = env.read_file(found.path, kRuleFileBytesMax);
      if (!text) {
        errors.push_back(std::move(text.error()));
        continue;
      }
      texts.push_back({std::move(found.source), std::move(*text), from_folder});
    }
  }
  return texts;
}

}  // namespace tocsin::sigma
