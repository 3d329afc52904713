#include "base/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
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
constexpr std::uint64_t kExecute = 1u << 0, kWriteFile = 1u << 1, kReadFile = 1u << 2, kReadFolder = 1u << 3, kMakeCharacterDevice = 1u << 6,
                        kMakeBlockDevice = 1u << 11, kTruncate = 1u << 14, kIoctl = 1u << 15;
constexpr std::uint64_t kReading = kReadFile | kReadFolder, kOfFile = kReadFile | kWriteFile | kTruncate;
constexpr int kFileRightsOf[] = {0, 13, 14, 15, 15, 16};  // how many rights over files each version knows; the last from 5 on

struct LandlockRuleset {
  std::uint64_t files = 0, network = 0, scopes = 0;
};
struct [[gnu::packed]] LandlockPath {
  std::uint64_t allowed = 0;
  std::int32_t folder = -1;
};

Error failed(const std::string& what) { return {Code::kIo, "cannot confine itself: " + what + ": " + std::strerror(errno)}; }

/// `rights`, as far as there are such for what the path names.
Status allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const int opened = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (opened < 0 && errno == ENOENT) return {};
  if (opened < 0) return failed(path);
  struct stat status {};
  LandlockPath rule;
  rule.folder = opened;
  rule.allowed = ::fstat(opened, &status) == 0 && S_ISDIR(status.st_mode) ? rights : rights & kOfFile;
  const long added = ::syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0);
  Status done;
  if (added != 0) done = failed(path);
  ::close(opened);
  return done;
}

/// What these paths have, with all below them.
struct Allowed {
  std::vector<std::string> paths;
  std::uint64_t rights = 0;
};

std::uint64_t file_rights(int version) { return (std::uint64_t{1} << kFileRightsOf[version < 5 ? version : 5]) - 1; }

/// All of `rights` is taken away, then some given back in some places.
Status restrict_to(const LandlockRuleset& rights, const std::vector<Allowed>& allowed) {
  const int ruleset = static_cast<int>(::syscall(kCreateRuleset, &rights, sizeof rights, 0));
  if (ruleset < 0) return failed("Landlock");
  Status done;
  for (const Allowed& some : allowed) {
    for (const std::string& path : some.paths) {
      if (done) done = allow(ruleset, path, some.rights & rights.files);
    }
  }
  if (done && ::syscall(kRestrictSelf, ruleset, 0) != 0) done = failed("Landlock");
  ::close(ruleset);
  return done;
}

LandlockRuleset all_rights(int version) {
  LandlockRuleset rights;
  rights.files = file_rights(version);
  if (version >= kLandlockNetwork) rights.network = 3;  // bind and connect, of TCP
  if (version >= kLandlockScopes) rights.scopes = 3;    // abstract sockets and signals
  return rights;
}

/// 0: none; errno says why.
int landlock_version() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool has_seccomp() {
  constexpr unsigned kActionAvailable = 2;
  const std::uint32_t action = SCMP_ACT_KILL_PROCESS;
  return ::syscall(SYS_seccomp, kActionAvailable, 0, &action) == 0;
}

constexpr std::uint32_t kRefuse = SCMP_ACT_ERRNO(EPERM);

/// The argument with this number (from 0) has this value, in the bits of the mask.
scmp_arg_cmp argument(unsigned number, scmp_datum_t value, scmp_datum_t mask = ~scmp_datum_t{0}) { return {number, SCMP_CMP_MASKED_EQ, mask, value}; }

class Filter {
 public:
  /// `otherwise` is what becomes of calls that nothing is said of.
  explicit Filter(std::uint32_t otherwise) : context_(::seccomp_init(otherwise)) {}
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
  Filter filter(kRefuse);
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

/// All but what a service never does. Threads are made by clone, as above.
Status filter_calls_of_service(bool connects) {
  Filter filter(SCMP_ACT_ALLOW);
  filter.add(SCMP_ACT_KILL_PROCESS, kCallsOfAttackers);
  filter.add(kRefuse, kCallsOfStart);
  filter.add_if(kRefuse, "clone", {argument(0, 0, CLONE_THREAD)});
  filter.add_if(SCMP_ACT_ERRNO(ENOSYS), "clone3", {});
  filter.add_if(kRefuse, "mmap", {argument(2, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC)});
  filter.add_if(kRefuse, "mprotect", {argument(2, PROT_EXEC, PROT_EXEC)});
  if (!connects) filter.add_if(kRefuse, "socket", {{0, SCMP_CMP_NE, AF_UNIX, 0}});
  return filter.load();
}

constexpr const char* kNoSanitized = "not confined: this build has sanitizers, which need what a sandbox forbids";

void add_missing(Sandbox& sandbox, const std::string& what) { sandbox.missing += (sandbox.missing.empty() ? "" : "; ") + what; }

}  // namespace

Status ServiceSandbox::confine_files(const std::vector<std::string>& writable, const std::vector<std::string>& readable) {
  if (is_sanitized()) return {};
  forbid_dumps();
  const int version = landlock_version();
  if (version < kLandlockRenames) {
    add_missing(in_force_, "its files are not confined, since this kernel has no Landlock that knows renaming (Linux 5.19 has)");
    return {};
  }
  LandlockRuleset rights;
  rights.files = file_rights(version) & ~kIoctl;
  const std::uint64_t working = rights.files & ~(kExecute | kMakeCharacterDevice | kMakeBlockDevice);
  TRY(restrict_to(rights, {{readable, kReading}, {{"/dev/null"}, kOfFile}, {writable, working}}));
  in_force_.landlock = version;
  return {};
}

Status ServiceSandbox::confine_calls(bool connects) {
  if (is_sanitized()) {
    in_force_.missing = kNoSanitized;
  } else if (has_seccomp()) {
    TRY(filter_calls_of_service(connects));
    in_force_.seccomp = true;
  } else {
    add_missing(in_force_, "its system calls are not filtered, since this kernel has no seccomp");
  }
  return {};
}

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
    sandbox.missing = kNoSanitized;
    return sandbox;
  }
  forbid_dumps();
  if (plan.memory_bytes_max != 0) {
    const rlimit most{plan.memory_bytes_max, plan.memory_bytes_max};
    if (::setrlimit(RLIMIT_DATA, &most) != 0) return failed("its memory");
  }
  if (const int version = landlock_version(); version > 0) {
    TRY(restrict_to(all_rights(version), {{plan.readable, kReading}}));
    sandbox.landlock = version;
    if (version < kLandlockNetwork) sandbox.missing = "this kernel's Landlock does not know the network (Linux 6.7 does)";
  } else {
    sandbox.missing = std::string("files are not confined, since this kernel offers no Landlock: ") + std::strerror(errno);
  }
  if (has_seccomp()) {
    TRY(filter_calls(plan.calls));
    sandbox.seccomp = true;
  } else {
    add_missing(sandbox, "system calls are not filtered, since this kernel has no seccomp");
  }
  return sandbox;
}

}  // namespace tocsin
