#include "pipeline/run_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/text.h"
#include "pipeline/run_deeds.h"
#include "pipeline/run_json.h"
#include "respond/cacao/read_playbook.h"
#include "respond/connector/connector_list.h"

namespace tocsin {

namespace {

namespace json = boost::json;
using respond::RunInput;

Error invalid(std::string message) { return {Code::kInvalid, std::move(message)}; }

template <class Number>
Result<Number> number_of(const ControlRequest& request, const char* name) {
  const std::string_view text = request.argument(name);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return invalid(fmt::format("'{}' is no number ({})", text, name));
  return number;
}

/// An object of texts, or nothing.
Result<std::map<std::string, std::string>> texts_of(const ControlRequest& request, const char* name) {
  std::map<std::string, std::string> texts;
  const std::string_view text = request.argument(name);
  if (text.empty()) return texts;
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return invalid(fmt::format("{} is no JSON object of texts", name));
  for (const auto& member : value.get_object()) {
    if (!member.value().is_string()) return invalid(fmt::format("{} is no JSON object of texts", name));
    if (texts.size() == respond::kInputValuesMax) return invalid(fmt::format("{} has more than {} values", name, respond::kInputValuesMax));
    texts[std::string(member.key())] = std::string(member.value().get_string());
  }
  return texts;
}

Result<Sha256> hash_of_text(std::string_view text) {
  Sha256 hash = {};
  if (text.size() != 2 * hash.size()) return invalid("a hash has 64 hexadecimal digits");
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, hash[i], 16);
    if (error != std::errc() || end != text.data() + 2 * i + 2) return invalid("a hash has 64 hexadecimal digits");
  }
  return hash;
}

template <class Table>
Result<std::uint8_t> word_in(const Table& table, std::string_view word) {
  const auto found = std::ranges::find(table, word);
  if (found == std::end(table)) return invalid(fmt::format("'{}' is none of {}", word, fmt::join(table, ", ")));
  return static_cast<std::uint8_t>(found - std::begin(table));
}

/// Connectors that tell somebody else what they are given. What a playbook marks as more than AMBER goes by none of them, unless their `tlp` says so; what acts on machines of one's own takes any.
constexpr std::string_view kTelling[] = {"http", "mail", "webhook", "ticket", "openc2", "lookup"};

cacao::Tlp most_told(const std::vector<std::vector<std::string>>& connectors, std::string_view name) {
  for (const std::vector<std::string>& one : connectors) {
    if (one.empty() || one.front() != name) continue;
    for (std::size_t i = 1; i + 1 < one.size(); i += 2) {
      if (one[i] == "tlp") return cacao::tlp_named("TLP:" + one[i + 1]).value_or(cacao::Tlp::kClear);
    }
  }
  return std::ranges::find(kTelling, name) != std::end(kTelling) ? cacao::Tlp::kAmber : cacao::Tlp::kRed;
}

constexpr std::string_view kAnswers[] = {"approve", "deny", "done", "failed", "again"};

}  // namespace

RunDesk::RunDesk(const Place& place, Options options, SealKey key) : place_(place), options_(std::move(options)), library_(place.env, options_.playbooks, options_.check), trust_(place.state), archive_(place.state, key) {}

RunDesk::~RunDesk() { stop(); }

Result<std::unique_ptr<RunDesk>> RunDesk::open(const Place& place, Options options) {
  SealKey key = TRY(runs_key(place.env, place.data, place.master));
  std::unique_ptr<RunDesk> desk(new RunDesk(place, std::move(options), std::move(key)));
  TRY(desk->begin());
  return desk;
}

Status RunDesk::begin() {
  TRY(load());
  for (const std::vector<std::string>& one : options_.connectors) {
    for (std::size_t i = 1; i + 1 < one.size(); i += 2) {
      if (one[i] == "tlp" && !cacao::tlp_named("TLP:" + one[i + 1])) return invalid(fmt::format("connector {}: tlp is '{}', which is none of CLEAR, GREEN, AMBER, AMBER+STRICT, RED", one.front(), one[i + 1]));
    }
  }
  policy_ = TRY(respond::read_decision_policy(options_.policy_file, options_.policy));
  log_ = TRY(RunJournal::open(place_.env, place_.data.runs_journal(), place_.master, place_.data.readers()));
  shelf_ = TRY(PlaybookShelf::open(place_.env, place_.data.runs() + "/playbooks"));
  actions_ = std::make_unique<ActionProcess>(ActionProcess::Place{place_.env, place_.starter}, respond::ActionsBegin{.policy_file = options_.policy_file, .policy = options_.policy, .connectors = options_.connectors, .vault = options_.vault, .vault_key = options_.vault_key}, options_.say);
  respond::RunEngine::Options engine;
  engine.table = respond::all_actions();
  engine.decide = [this](const respond::RunState& run, const respond::Action& action) { return decide(run, action); };
  engine.ended = [this](const std::vector<respond::EndedRun>& runs) { return put_away(runs); };
  engine.say = options_.say;
  engine.again = [this](respond::RunId run) -> Result<std::vector<std::string>> {
    std::optional<ArchivedRun> archived = TRY(archive_.get(static_cast<std::int64_t>(run)));
    if (!archived) return Error{Code::kNotFound, "there is no such run"};
    return std::move(archived->inputs);
  };
  engine.last_run = static_cast<respond::RunId>(TRY(archive_.last()));
  engine_ = std::make_unique<respond::RunEngine>(respond::RunEngine::Place{place_.env, *log_, *shelf_, *actions_}, std::move(engine));
  TRY(actions_->start());
  TRY(engine_->recover());
  engine_->begin();
  return {};
}

void RunDesk::stop() {
  if (engine_ != nullptr) engine_->end();
  if (actions_ != nullptr) actions_->stop();
}

/// Whoever starts a run by hand has decided; the policy says how many must, and what is never touched.
RunInput RunDesk::decide(const respond::RunState& run, const respond::Action& action) const {
  RunInput input;
  const auto say = [&](respond::DecidedWord word, std::string why) {
    input.word = static_cast<std::uint8_t>(word);
    input.why = std::move(why);
    input.until = place_.env.now_us() + kQuestionUs;
    return input;
  };
  const respond::ActionSpec& spec = *action.spec;
  for (const std::shared_ptr<const respond::Book>& book : run.books) {
    const std::optional<cacao::Tlp> tlp = book->playbook.tlp();
    const cacao::Tlp most = most_told(options_.connectors, spec.connector);
    if (tlp && !cacao::may_leave(*tlp, most)) return say(respond::DecidedWord::kRefuse, fmt::format("the playbook is {}, and the connector '{}' is told {} at most", tlp_name(*tlp), spec.connector, tlp_name(most)));
  }
  if (action.undoes != 0 || action.call.dry_run || spec.policy_class.empty()) return say(respond::DecidedWord::kAct, "");
  for (const respond::ArgumentSpec& argument : spec.arguments) {
    const auto given = action.call.arguments.find(std::string(argument.name));
    if (argument.target == EntityType::kNone || given == action.call.arguments.end()) continue;
    if (const respond::Protected* const found = policy_.protection(argument.target, given->second)) return say(respond::DecidedWord::kRefuse, fmt::format("'{}' is protected ({})", given->second, found->pattern));
  }
  const respond::ActionClass* const rule = policy_.action(spec.policy_class);
  if (rule == nullptr) return say(respond::DecidedWord::kRefuse, fmt::format("the policy says nothing of '{}'", spec.policy_class));
  if (!spec.undo.empty()) input.values["lease_ms"] = std::to_string(rule->lease_us / 1'000);
  const std::uint32_t given = run.started.number;
  if (given >= rule->approvers) return say(respond::DecidedWord::kAct, "");
  input.number = rule->approvers - given;
  return say(respond::DecidedWord::kAsk, fmt::format("'{}' needs {} more to say yes", spec.policy_class, input.number));
}

bool RunDesk::put_away(const std::vector<respond::EndedRun>& runs) {
  std::vector<ArchivedRun> rows;
  for (const respond::EndedRun& run : runs) {
    const cacao::Playbook& playbook = run.state.books.front()->playbook;
    rows.push_back({static_cast<std::int64_t>(run.id), playbook.id, playbook.name, std::string(word_of(run.state.status)), run.state.started.who, run.state.started.word == static_cast<std::uint8_t>(respond::StartWord::kDryRun), run.state.started.time, run.state.ended, static_cast<std::int64_t>(run.state.actions.size()), run.inputs});
  }
  const Status added = archive_.add(rows);
  if (!added && !std::exchange(told_, true)) options_.say("runs that are over cannot be put away: " + added.error().message);
  if (added) told_ = false;
  return added.has_value();
}

Status RunDesk::load() { return library_.load(options_.say); }

/// One of the library, or of a file that whoever is on the machine names.
Result<KnownPlaybook> RunDesk::asked_for(const ControlRequest& request) {
  const std::string file(request.argument("file"));
  if (file.empty()) return *TRY(library_.find(request.argument("playbook")));
  KnownPlaybook known = known_playbook(file, TRY(place_.env.read_file(file, cacao::kPlaybookBytesMax)), options_.check);
  if (!known.wrong.empty()) return invalid(fmt::format("{}: cannot be run: {}", file, known.wrong));
  return known;
}

Result<std::string> RunDesk::playbooks() {
  std::set<std::string> enabled;
  for (const PlaybookTrust::Row& row : TRY(trust_.enabled())) enabled.insert(row.sha256);
  json::array list;
  for (const std::shared_ptr<const KnownPlaybook>& known : library_.all()) {
    json::array wants;
    for (const auto& [name, variable] : known->playbook.variables) {
      if (variable.external) wants.push_back(json::object{{"name", name}, {"type", type_name(variable.type)}, {"description", variable.description}, {"needed", !variable.value.has_value()}});
    }
    list.push_back(json::object{{"playbook", known->playbook.id}, {"name", known->playbook.name}, {"description", known->playbook.description}, {"file", known->file}, {"sha256", known->sha256}, {"steps", known->playbook.workflow.size()}, {"variables", std::move(wants)},
                                {"enabled", enabled.contains(known->sha256)}, {"wrong", known->wrong}});
  }
  return json::serialize(json::object{{"playbooks", std::move(list)}});
}

Result<std::string> RunDesk::trust(const ControlRequest& request, const Actor& by) {
  const KnownPlaybook known = TRY(asked_for(request));
  const PlaybookTrust::Row row{known.sha256, known.playbook.id, by.who, by.time};
  const bool enable = request.argument("enable") == "yes";
  TRY(enable ? trust_.enable(row, by) : trust_.disable(row, by));
  return json::serialize(json::object{{"playbook", known.playbook.id}, {"name", known.playbook.name}, {"sha256", known.sha256}, {"enabled", enable}});
}

Result<std::string> RunDesk::start(const ControlRequest& request, const Actor& by) {
  respond::StartRequest start;
  KnownPlaybook known = TRY(asked_for(request));
  start.word = request.argument("real") == "yes" ? respond::StartWord::kReal : respond::StartWord::kDryRun;
  if (start.word == respond::StartWord::kReal && !TRY(trust_.is_enabled(known.sha256))) {
    return Error{Code::kDenied, fmt::format("'{}' is new, or was changed: it runs dry until somebody lets it (tocsin playbook enable)", known.playbook.name)};
  }
  if (request.argument("file").empty()) start.others = TRY(library_.called_by(known.playbook));
  start.text = std::move(known.text);
  for (std::string_view rest = request.argument("with"); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    start.others.push_back(TRY(place_.env.read_file(std::string(rest.substr(0, end)), cacao::kPlaybookBytesMax)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  start.values = TRY(texts_of(request, "variables"));
  start.people = 1;
  start.who = by.who;
  start.address = by.address;
  start.incident = request.argument("incident");
  start.why = request.argument("why");
  start.check = options_.check;
  const respond::RunId run = TRY(engine_->start(start));
  return fmt::format("{{\"run\":{}}}", run);
}

Result<std::string> RunDesk::answer(const ControlRequest& request, const Actor& by) {
  RunInput input;
  input.kind = respond::InputKind::kAnswered;
  input.word = TRY(word_in(kAnswers, request.argument("word")));
  input.action = TRY(number_of<respond::ActionId>(request, "action"));
  input.values = TRY(texts_of(request, "values"));
  if (!request.argument("hash").empty()) input.hash = TRY(hash_of_text(request.argument("hash")));
  input.who = by.who;
  input.address = by.address;
  input.why = request.argument("why");
  const auto run = TRY(number_of<respond::RunId>(request, "run"));
  TRY(engine_->give(run, std::move(input)));
  return std::string("{}");
}

Result<std::string> RunDesk::steer(const ControlRequest& request, const Actor& by) {
  RunInput input;
  input.kind = respond::InputKind::kSteered;
  input.word = TRY(word_in(respond::kSteerWords, request.argument("word")));
  if (!request.argument("action").empty()) input.action = TRY(number_of<respond::ActionId>(request, "action"));
  if (!request.argument("until").empty()) input.until = TRY(number_of<TimeUs>(request, "until"));
  input.step = request.argument("step");
  input.values = TRY(texts_of(request, "values"));
  input.who = by.who;
  input.address = by.address;
  input.why = request.argument("why");
  const auto run = TRY(number_of<respond::RunId>(request, "run"));
  TRY(engine_->give(run, std::move(input)));
  return std::string("{}");
}

Result<std::string> RunDesk::switch_all(bool stop, const ControlRequest& request, const Actor& by) {
  const std::string why(request.argument("why"));
  TRY(stop ? engine_->stop_all(by.who, why, by.address) : engine_->lift(by.who, why, by.address));
  return std::string(stop ? R"({"stopped":true})" : R"({"stopped":false})");
}

Result<std::string> RunDesk::list(const ControlRequest& request) {
  std::size_t limit = 100;
  std::int64_t before = 0;
  if (!request.argument("limit").empty()) limit = std::min(TRY(number_of<std::size_t>(request, "limit")), kRunsListedMax);
  if (!request.argument("before").empty()) before = TRY(number_of<std::int64_t>(request, "before"));
  std::map<std::int64_t, std::string, std::greater<>> lines;  // the newest first; who is at both places is the one that moves
  const bool open = request.argument("open") == "yes";
  if (!open) {
    for (const ArchivedRun& run : TRY(archive_.newest(limit, before))) append_run_line(lines[run.run], run);
  }
  engine_->look_at_all([&](const respond::RunState& run) {
    const auto number = static_cast<std::int64_t>(run.id);
    if ((before != 0 && number >= before) || (open && run.has_ended() && !waits_for_a_person(run))) return;
    std::string& line = lines[number];
    line.clear();
    append_run_line(line, run);
  });
  std::string body = fmt::format("{{\"stopped\":{},\"runs\":[", engine_->is_stopped());
  std::size_t count = 0;
  for (const auto& [number, line] : lines) {
    if (count++ == limit) break;
    body += (count == 1 ? "" : ",") + line;
  }
  return body + "]}";
}

Result<std::unique_ptr<respond::Run>> RunDesk::past(const ArchivedRun& archived) {
  auto run = std::make_unique<respond::Run>(static_cast<respond::RunId>(archived.run), respond::all_actions());
  for (const std::string& bytes : archived.inputs) {
    const RunInput input = TRY(respond::read_input(bytes));
    if (input.kind != respond::InputKind::kStarted) {
      (void)run->apply(input);
      continue;
    }
    std::vector<std::shared_ptr<const respond::Book>> books;
    for (const Sha256& hash : input.books) {
      std::string hex;
      append_hex(hex, hash, hash.size());
      cacao::Reading reading = cacao::read_playbook(TRY(shelf_->text(hex)));
      books.push_back(TRY(respond::make_book(hash, std::move(reading.playbook))));
    }
    if (books.empty()) return invalid("what is kept of the run names no playbook");
    (void)run->start(input, std::move(books));
  }
  return run;
}

Result<std::string> RunDesk::show(const ControlRequest& request) {
  const auto number = TRY(number_of<respond::RunId>(request, "run"));
  std::string body;
  if (engine_->look(number, [&](const respond::RunState& run) { append_run(body, run); })) return body;
  const std::optional<ArchivedRun> archived = TRY(archive_.get(static_cast<std::int64_t>(number)));
  if (!archived) return Error{Code::kNotFound, fmt::format("there is no run {}", number)};
  const std::unique_ptr<respond::Run> run = TRY(past(*archived));
  append_run(body, run->state());
  return body;
}

std::unique_ptr<AuditSource> RunDesk::audit_source() { return std::make_unique<RunDeeds>(place_.env, place_.data.runs(), place_.master, *log_, *shelf_); }

RunDesk::Snapshot RunDesk::snapshot() const { return {engine_->counts(), actions_->snapshot(), engine_->is_stopped()}; }

}  // namespace tocsin
