// tocsin case ask: lets a language model say what an incident looks like. What it gets has nobody's name (model_brief.h); what it says is kept as its words, and nothing goes by them. docs/cases.md.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/case_options.h"
#include "cli/model_brief.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "oidc/https_fetch.h"
#include "respond/executor/model_question.h"

namespace tocsin::cli {

namespace {

constexpr const char* kLocalEndpoint = "http://127.0.0.1:11434/v1";
constexpr std::size_t kKeyBytesMax = 4'096;

struct AskArguments {
  DataOptions data;
  std::string incident, key_file;
  executor::ModelEndpoint endpoint{kLocalEndpoint, {}, {}};
  bool elsewhere = false, show = false;
};

void describe(CLI::App& app, AskArguments& args) {
  app.add_option("INCIDENT", args.incident, "its id, or the first six characters of it and more")->required();
  auto* const model = app.add_option("--model", args.endpoint.model, "as the endpoint calls it")->type_name("NAME");
  app.add_option("--url", args.endpoint.url, "an OpenAI-compatible endpoint, up to its version")->type_name("URL")->capture_default_str();
  app.add_option("--key-file", args.key_file, "holds the key of the endpoint")->type_name("FILE");
  app.add_flag("--elsewhere", args.elsewhere, "the endpoint may be another machine: the brief, which has nobody's name, leaves this one");
  app.add_flag("--show", args.show, "show what the model would be told, and ask nobody")->excludes(model);
  args.data.add_to(app, false);
}

Status make_ready(Env& env, AskArguments& args) {
  if (args.endpoint.model.empty()) return Error{Code::kInvalid, "--model is required: the model's name, as the endpoint has it (or --show, to see what it would be told)"};
  const oidc::Url url = TRY(oidc::read_safe_url(args.endpoint.url));
  if (!url.is_loopback() && !args.elsewhere) return Error{Code::kInvalid, fmt::format("{} is another machine; --elsewhere says that the brief may leave this one", url.origin())};
  if (args.key_file.empty()) return {};
  std::string key = TRY(env.read_file(args.key_file, kKeyBytesMax));
  key.resize(std::min(key.find_first_of("\r\n"), key.size()));
  const bool is_fit = !key.empty() && std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_fit) return Error{Code::kInvalid, args.key_file + ": holds no key in its first line"};
  args.endpoint.key = std::move(key);
  return {};
}

}  // namespace

int case_ask(Env& env, const std::vector<std::string>& arguments) {
  AskArguments args;
  CLI::App app("Asks a language model what an incident looks like. Its words are kept as its own; nothing is done because of them.", "tocsin case ask");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (!args.show) {
    if (const Status ready = make_ready(env, args); !ready) return complain(ready.error().message), kUsage;
  }
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  const auto made = here.view->now();
  if (!made) return tell(made.error());
  const Result<const Incident*> incident = api::incident_named(**made, args.incident);
  if (!incident) return tell(incident.error());
  const ModelBrief brief(**incident);
  if (args.show) return fmt::print("{}", brief.text()), kDone;
  const Result<std::unique_ptr<oidc::HttpsFetch>> fetch = oidc::HttpsFetch::open("");
  if (!fetch) return tell(fetch.error());
  const Result<executor::ModelOpinion> opinion = executor::ask_model(**fetch, args.endpoint, brief.text());
  if (!opinion) return complain(opinion.error().message + "; nothing was kept"), kIncomplete;
  CaseAct act;
  act.kind = CaseActKind::kModel;
  act.incident = (*incident)->id;
  act.assignee = args.endpoint.model;
  act.verdict = opinion->suggested;
  act.text = fmt::format("{} Why: {}", brief.with_names(opinion->summary), brief.with_names(opinion->why));
  fmt::print("{}\n", terminal_safe(act.text));
  return here.act(std::move(act));
}

}  // namespace tocsin::cli
