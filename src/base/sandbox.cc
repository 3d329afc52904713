#include "base/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>

#include "base/sandbox_calls.h"
#include "base/sanitized.h"

namespace tocsin {

namespace {

// The kernel's own numbers (Documentation/userspace-api/landlock.rst): headers are often older than the kernel that the program meets.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kRulePathBeneath = 1;
constexpr std::uint64_t kReadFile = 1u << 2, kReadFolder = 1u << 3;
constexpr int kFileRightsOf[] = {0, 13, 14, 15, 15, 16};  // how many rights over files each version knows; the last from 5 on

struct LandlockRuleset {
  std::uint64_t files = 0, network = 0, scopes = 0;
};
struct [[gnu::packed]] LandlockPath {
  std::uint64_t allowed = 0;
  std::int32_t folder = -1;
};

Error failed(const std::string& what) { return {Code::kIo, "cannot confine itself: " + what + ": " + std::strerror(errno)}; }

Status allow_reading(int ruleset, const std::string& path) {
  const int opened = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (opened < 0 && errno == ENOENT) return {};
  if (opened < 0) return failed(path);
  struct stat status {};
  LandlockPath rule;
  rule.folder = opened;
  rule.allowed = ::fstat(opened, &status) == 0 && S_ISDIR(status.st_mode) ? kReadFile | kReadFolder : kReadFile;
  const long added = ::syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0);
  Status done;
  if (added != 0) done = failed(path);
  ::close(opened);
  return done;
}

/// Everything that this version knows is taken away, then reading of some places given back.
Status restrict_files(const SandboxPlan& plan, int version) {
  LandlockRuleset rights;
  rights.files = (std::uint64_t{1} << kFileRightsOf[version < 5 ? version : 5]) - 1;
  if (version >= kLandlockNetwork) rights.network = 3;  // bind and connect, of TCP
  if (version >= kLandlockScopes) rights.scopes = 3;    // abstract sockets and signals
  const int ruleset = static_cast<int>(::syscall(kCreateRuleset, &rights, sizeof rights, 0));
  if (ruleset < 0) return failed("Landlock");
  Status done;
  for (const std::string& path : plan.readable) {
    if (done) done = allow_reading(ruleset, path);
  }
  if (done && ::syscall(kRestrictSelf, ruleset, 0) != 0) done = failed("Landlock");
  ::close(ruleset);
  return done;
}

bool has_seccomp() {
  constexpr unsigned kActionAvailable = 2;
  const std::uint32_t action = SCMP_ACT_KILL_PROCESS;
  return ::syscall(SYS_seccomp, kActionAvailable, 0, &action) == 0;
}

/// The argument with this number (from 0) has this value, in the bits of the mask.
scmp_arg_cmp argument(unsigned number, scmp_datum_t value, scmp_datum_t mask = ~scmp_datum_t{0}) { return {number, SCMP_CMP_MASKED_EQ, mask, value}; }

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() { ::seccomp_release(context_); }

  /// A call that this machine does not have is passed over.
  void add(std::uint32_t action, std::span<const char* const> names) {
    for (const char* const name : names) add_if(action, name, {});
  }
  void add_if(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> when) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number < 0) return;
    const int added = ::seccomp_rule_add_array(context_, action, number, static_cast<unsigned>(when.size()), when.begin());
    if (added != 0) trouble_ = -added;
  }
  Status load() {
    if (trouble_ == 0) trouble_ = -::seccomp_attr_set(context_, SCMP_FLTATR_CTL_TSYNC, 1);
    if (trouble_ == 0) trouble_ = -::seccomp_load(context_);
    errno = trouble_;
    if (trouble_ != 0) return failed("seccomp");
    return {};
  }

 private:
  scmp_filter_ctx context_;
  int trouble_ = 0;
};

/// Calls that are good with some arguments only.
void add_conditions(Filter& filter) {
  constexpr std::uint32_t kAllow = SCMP_ACT_ALLOW;
  filter.add_if(kAllow, "mmap", {argument(2, 0, PROT_EXEC)});
  filter.add_if(kAllow, "mprotect", {argument(2, 0, PROT_EXEC)});
  // Threads, and no processes. The C library falls back to clone, whose arguments can be looked at, if there is no clone3.
  filter.add_if(kAllow, "clone", {argument(0, CLONE_THREAD, CLONE_THREAD)});
  filter.add_if(SCMP_ACT_ERRNO(ENOSYS), "clone3", {});
  filter.add_if(kAllow, "tgkill", {argument(0, static_cast<scmp_datum_t>(::getpid()))});
  filter.add_if(kAllow, "prctl", {argument(0, PR_SET_NAME)});
  filter.add_if(kAllow, "prlimit64", {argument(0, 0), argument(2, 0)});  // to ask, not to set
  for (const unsigned long request : {TCGETS, TIOCGWINSZ, FIONBIO}) filter.add_if(kAllow, "ioctl", {argument(1, request, 0xFFFFFFFF)});
}

/// Landlock says which files; that none is written holds without it too.
void add_reading(Filter& filter) {
  constexpr scmp_datum_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC;
  filter.add_if(SCMP_ACT_ALLOW, "openat", {argument(2, O_RDONLY, kWriting)});
  filter.add_if(SCMP_ACT_ALLOW, "open", {argument(1, O_RDONLY, kWriting)});
}

Status filter_calls(SandboxCalls calls) {
  Filter filter;
  filter.add(SCMP_ACT_ALLOW, kCallsOfAll);
  if (calls == SandboxCalls::kFiles) {
    filter.add(SCMP_ACT_ALLOW, kCallsOfFiles);
    add_reading(filter);
  } else {
    filter.add(SCMP_ACT_ALLOW, kCallsOfSockets);
  }
  filter.add(SCMP_ACT_KILL_PROCESS, kCallsOfAttackers);
  add_conditions(filter);
  return filter.load();
}

}  // namespace

std::string Sandbox::text() const {
  std::string text;
  if (landlock > 0) text = "Landlock " + std::to_string(landlock);
  if (seccomp) text += std::string(text.empty() ? "" : ", ") + "seccomp";
  return text.empty() ? "none" : text;
}

void forbid_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

Result<Sandbox> enter_sandbox(const SandboxPlan& plan) {
  Sandbox sandbox;
  if (is_sanitized()) {
    sandbox.missing = "not confined: this build has sanitizers, which need what a sandbox forbids";
    return sandbox;
  }
  forbid_dumps();
  if (plan.memory_bytes_max != 0) {
    const rlimit most{plan.memory_bytes_max, plan.memory_bytes_max};
    if (::setrlimit(RLIMIT_DATA, &most) != 0) return failed("its memory");
  }
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  if (version > 0) {
    TRY(restrict_files(plan, static_cast<int>(version)));
    sandbox.landlock = static_cast<int>(version);
    if (version < kLandlockNetwork) sandbox.missing = "this kernel's Landlock does not know the network (Linux 6.7 does)";
  } else {
    sandbox.missing = std::string("files are not confined, since this kernel offers no Landlock: ") + std::strerror(errno);
  }
  if (has_seccomp()) {
    TRY(filter_calls(plan.calls));
    sandbox.seccomp = true;
  } else {
    sandbox.missing += std::string(sandbox.missing.empty() ? "" : "; ") + "system calls are not filtered, since this kernel has no seccomp";
  }
  return sandbox;
}

}  // namespace tocsin
