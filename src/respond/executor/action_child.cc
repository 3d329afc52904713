#include "respond/executor/action_child.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/descriptor.h"
#include "base/sandbox.h"
#include "respond/connector/connector_list.h"
#include "respond/executor/action_executor.h"
#include "respond/executor/action_wire.h"
#include "respond/executor/vault_key.h"

namespace tocsin::respond {

namespace {

/// What libraries read: programs, time zones, how to make threads, how names are looked up and who signs certificates.
const std::vector<std::string> kOfLibraries = {"/usr", "/lib", "/lib64", "/bin", "/sbin", "/proc", "/sys/devices/system/cpu", "/etc", "/run/systemd/resolve", "/dev/urandom", "/dev/null"};
constexpr std::size_t kReadBytes = 256u << 10;

void begin_process() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-actions");
  ::syscall(SYS_close_range, kActionsCore + 1, ~0U, 0);
}

/// Answers are gathered while the last ones are being written.
class Outbox {
 public:
  Outbox() : thread_([this] { run(); }) { thread_.detach(); }
  void push(const ActionAnswer& answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string payload;
    append_answer(payload, answer);
    append_message(bytes_, ActionMessage::kAnswer, payload);
    work_.notify_one();
  }

 private:
  void run() {
    while (true) {
      std::string bytes;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        work_.wait(lock, [this] { return !bytes_.empty(); });
        bytes.swap(bytes_);
      }
      if (!send_all(kActionsCore, bytes)) ::_exit(0);
    }
  }
  std::mutex mutex_;
  std::condition_variable work_;
  std::string bytes_;
  std::thread thread_;  // last: it uses the others
};

Status send_now(ActionMessage kind, const std::string& payload) {
  std::string bytes;
  append_message(bytes, kind, payload);
  return send_all(kActionsCore, bytes) ? Status() : Error{Code::kIo, "the core is gone"};
}

/// Blocks until a whole message is there.
Result<bool> read_more(MessageCutter& cutter) {
  std::array<char, kReadBytes> buffer;
  const ssize_t got = ::read(kActionsCore, buffer.data(), buffer.size());
  if (got <= 0) return false;
  cutter.add({buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

Result<ActionsBegin> receive_begin(MessageCutter& cutter) {
  ActionMessage kind{};
  std::string_view payload;
  while (!TRY(cutter.next(kind, payload))) {
    if (!TRY(read_more(cutter))) return Error{Code::kIo, "the core is gone"};
  }
  if (kind != ActionMessage::kBegin) return Error{Code::kInvalid, "the core does not begin with what there is to do"};
  return read_begin(payload);
}

/// The settings of one connector, as the core has them.
ConnectorSettings settings_of(const std::vector<std::string>& texts) {
  ConnectorSettings settings;
  if (!texts.empty()) settings.name = texts.front();
  for (std::size_t i = 1; i + 1 < texts.size(); i += 2) settings.values[texts[i]] = texts[i + 1];
  return settings;
}

/// Where there is no vault nothing opens.
Result<SealKey> vault_key(Env& env, const std::string& path) { return path.empty() ? SealKey::random() : read_vault_key(env, path); }

/// All that the process has, until it ends.
struct Parts {
  DecisionPolicy policy;
  std::unique_ptr<ActionGate> gate;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<ActionExecutor> executor;
  ServiceSandbox sandbox;
};

Status set_up(Env& env, const ActionsBegin& begin, Outbox& outbox, Parts& parts) {
  parts.policy = TRY(read_decision_policy(begin.policy_file, begin.policy));
  parts.gate = std::make_unique<ActionGate>(parts.policy, all_actions());
  parts.vault = std::make_unique<Vault>(env, begin.vault, TRY(vault_key(env, begin.vault_key)));
  parts.executor = std::make_unique<ActionExecutor>(ActionExecutor::Place{env, *parts.gate, *parts.vault}, [&outbox](const ActionAnswer& answer) { outbox.push(answer); });
  std::vector<std::pair<std::unique_ptr<Connector>, std::uint32_t>> connectors;
  for (const std::string_view name : connectors_without_settings()) {
    const bool is_set_up = std::ranges::any_of(begin.connectors, [&](const auto& texts) { return !texts.empty() && texts.front() == name; });
    if (!is_set_up) connectors.emplace_back(TRY(make_connector({env}, {std::string(name), {}})), 0);
  }
  bool programs = false, network = false;
  std::vector<std::string> readable = kOfLibraries, writable;
  for (const std::vector<std::string>& texts : begin.connectors) {
    const ConnectorSettings settings = settings_of(texts);
    std::uint32_t per_minute = kPerMinute;
    if (const std::string text = settings.value("per_minute"); !text.empty() && std::from_chars(text.data(), text.data() + text.size(), per_minute).ec != std::errc()) return Error{Code::kInvalid, fmt::format("connector {}: per_minute is no number", settings.name)};
    std::unique_ptr<Connector> connector = TRY(make_connector({env}, settings));
    const Connector::Needs needs = connector->needs();
    programs = programs || !needs.programs.empty();
    network = network || needs.network;
    readable.insert(readable.end(), needs.readable.begin(), needs.readable.end());
    writable.insert(writable.end(), needs.writable.begin(), needs.writable.end());
    connectors.emplace_back(std::move(connector), per_minute);
  }
  for (const std::string* const file : {&begin.vault, &begin.vault_key}) {
    if (!file->empty()) readable.push_back(file->substr(0, std::max<std::size_t>(file->rfind('/'), 1)));
  }
  if (!programs) {  // what starts programs cannot give up starting any
    TRY(parts.sandbox.confine_files(writable, readable));
    TRY(parts.sandbox.confine_calls(network));
  }
  for (auto& [connector, per_minute] : connectors) parts.executor->add(std::move(connector), per_minute);
  return {};
}

}  // namespace

Status run_action_child(Env& env) {
  begin_process();
  forbid_dumps();
  MessageCutter cutter;
  const ActionsBegin begin = TRY(receive_begin(cutter));
  Parts parts;
  // The outbox' thread is made before the sandbox; it opens nothing.
  static Outbox outbox;
  if (const Status ready = set_up(env, begin, outbox, parts); !ready) {
    (void)send_now(ActionMessage::kReady, ready_payload({.trouble = ready.error().message}));
    return ready;
  }
  TRY(send_now(ActionMessage::kReady, ready_payload({.sandbox = parts.sandbox.in_force().text(), .missing = parts.sandbox.in_force().missing})));
  while (true) {
    ActionMessage kind{};
    std::string_view payload;
    const Result<bool> next = cutter.next(kind, payload);
    if (!next) ::_exit(1);
    if (!*next) {
      const Result<bool> more = read_more(cutter);
      if (!more || !*more) ::_exit(0);
      continue;
    }
    if (kind == ActionMessage::kStop || kind == ActionMessage::kLift) {
      parts.executor->stop(kind == ActionMessage::kStop);
    } else if (kind == ActionMessage::kOrder) {
      Result<ActionOrder> order = read_order(payload);
      if (!order) ::_exit(1);
      parts.executor->order(std::move(*order));
    } else {
      ::_exit(1);
    }
  }
}

}  // namespace tocsin::respond
