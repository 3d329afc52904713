#include "cli/searches.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <span>

#include "api/search_run.h"
#include "base/descriptor.h"
#include "base/sandbox.h"
#include "base/sanitized.h"
#include "cli/search_question.h"
#include "cli/verb.h"
#include "pipeline/search_request.h"

namespace tocsin::cli {

namespace {

struct Order {
  std::array<int, kSearchDescriptors> descriptors{};
  std::uint64_t seconds = 0;
};

/// What the service wants next; ends the process with the service.
Order wait_for_order() {
  Order order;
  const std::span<char> seconds(reinterpret_cast<char*>(&order.seconds), sizeof order.seconds);
  if (!receive_with_descriptors(kSearchSocket, seconds, order.descriptors) || order.descriptors[0] < 0) ::_exit(0);
  return order;
}

/// The child, so that the service can end it whatever becomes of its number. Without one the service gets none.
void hand_over(pid_t child) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  const int number = handle.get();
  const char one = 1;
  if (!send_with_descriptors(kSearchSocket, {&one, 1}, {&number, handle.is_open() ? 1U : 0U})) ::_exit(0);
}

void set_limit(__rlimit_resource what, std::uint64_t most) {
  const rlimit both{most, most};
  ::setrlimit(what, &both);
}

/// What the service gave becomes what a program has; nothing else stays open. What the search's own limits do not hold is held by the system.
void become_search(const Order& order, pid_t parent) {
  ::prctl(PR_SET_NAME, "tocsin-search");
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kUsage);
  for (int i = 0; i < static_cast<int>(kSearchDescriptors); ++i) ::dup2(order.descriptors[static_cast<std::size_t>(i)], i + 1);
  ::syscall(SYS_close_range, kSearchSocket + 1, ~0U, 0);
  set_limit(RLIMIT_CPU, 2 * (order.seconds + api::kSearchGraceSeconds));
  if (!is_sanitized()) set_limit(RLIMIT_AS, api::kSearchAddressBytesMax);
}

/// Ends the process if the service is gone, or wants no more, before all is said.
SearchRequest wait_for_request() {
  std::string bytes;
  char buffer[16 << 10];
  ssize_t got = 0;
  while ((got = ::read(kSearchSocket, buffer, sizeof buffer)) > 0 && bytes.size() <= kSearchRequestBytesMax) bytes.append(buffer, static_cast<std::size_t>(got));
  Result<SearchRequest> request = read_search_request(bytes);
  if (got != 0 || !request) ::_exit(kUsage);
  return std::move(*request);
}

/// Confined before it is told what it is to do. What this kernel cannot confine is not said with each search: the service's status has it.
int search(Env& env, Result<std::unique_ptr<EventSearch>>& prepared) {
  Status confined;
  if (prepared) confined = (*prepared)->confine();
  if (!confined) return complain(confined.error().message), kUsage;
  SearchRequest request = wait_for_request();
  if (!prepared) return complain(prepared.error().message), kUsage;
  SearchArguments args;
  CLI::App app("Searches for the service.", "tocsin search");
  describe_search(app, args);
  if (const auto exit = parse_arguments(app, request.words)) return *exit;
  SearchQuestion question;
  if (const auto exit = read_question(env, args, question)) return *exit;
  FdSink output(STDOUT_FILENO);
  const std::unique_ptr<SearchRows> rows = question.rows_for(args, output);
  const Status begun = (*prepared)->begin({std::move(request.choice), question.since, question.until, std::chrono::seconds(args.seconds)});
  if (!begun) return complain(begun.error().message), kUsage;
  return answer(args, question, **prepared, *rows);
}

/// The service takes the end of the output for the end of the search, so that comes last, and before the memory of this process is given back.
[[noreturn]] void end_search(int exit) {
  const auto code = static_cast<std::uint8_t>(exit);
  std::fflush(stderr);
  (void)!::write(kSearchSocket, &code, 1);
  ::close(STDOUT_FILENO);
  ::_exit(exit);
}

/// Signals are the service's affair: one at the terminal, or from a service manager, may reach all. Searches come after what the service does.
void begin_process() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::signal(signal, SIG_IGN);  // of SIGCHLD: children that ended leave nothing behind
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-searches");
  ::setpriority(PRIO_PROCESS, 0, api::kSearchNice);
  forbid_dumps();
}

}  // namespace

int run_searches(Env& env, const std::vector<std::string>& arguments) {
  struct stat stream {};
  if (::fstat(kSearchSocket, &stream) != 0 || !S_ISSOCK(stream.st_mode)) return complain("this is for `tocsin serve` to start"), kUsage;
  begin_process();
  SearchArguments args;
  CLI::App app("Makes processes that search.", "tocsin searches");
  describe_search(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  EventSearchOptions options;
  options.data = args.data.folder();
  options.key_file = args.data.key_file();
  options.mappings = args.mappings;
  options.limits.memory_bytes = args.memory_mb << 20;
  Result<std::unique_ptr<EventSearch>> prepared = EventSearch::prepare(env, options);  // why it failed is for each search to say
  const pid_t self = ::getpid();
  while (true) {
    const Order order = wait_for_order();
    const pid_t child = ::fork();
    if (child == 0) {
      become_search(order, self);
      end_search(search(env, prepared));
    }
    for (const int descriptor : order.descriptors) ::close(descriptor);
    hand_over(child);
  }
}

}  // namespace tocsin::cli
