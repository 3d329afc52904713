// The system calls that a confined process may make, as the names that libseccomp knows; sandbox.cc makes a filter of them. What is in no list
// fails with EPERM; a service, which has work of its own, may make those that are in no list. Names that this machine does not have (open on arm64) are passed over. Plain data.
#pragma once

namespace tocsin {

/// Memory, threads, clocks, signals within the process, reading and writing of what is open. mmap, mprotect, clone, prctl, tgkill and ioctl are there
/// with some arguments only (sandbox.cc).
inline constexpr const char* kCallsOfAll[] = {
    "brk", "madvise", "membarrier", "mlock", "munlock", "mremap", "munmap",
    "futex", "futex_time64", "get_robust_list", "rseq", "sched_getaffinity", "sched_yield", "set_robust_list", "set_tid_address",
    "exit", "exit_group", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    "clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time", "times", "getrusage", "sysinfo", "uname", "getrandom",
    "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack",
    "close", "dup", "fcntl", "fstat", "lseek", "poll", "ppoll", "pread64", "preadv", "pselect6", "read", "readv", "select", "write", "writev",
    "getrlimit",
};

/// What is opened is Landlock's to say; open and openat are there for reading only (sandbox.cc).
inline constexpr const char* kCallsOfFiles[] = {
    "access", "faccessat", "faccessat2", "fadvise64", "flock", "getcwd", "getdents64", "lstat", "mincore", "newfstatat", "readlink", "readlinkat", "stat",
    "statx", "statfs", "fstatfs",
};

/// Connections that come; no socket is made, bound or connected, and no file is opened.
inline constexpr const char* kCallsOfSockets[] = {
    "accept", "accept4", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2", "timerfd_create", "timerfd_gettime", "timerfd_settime",
};

/// Nothing that the program does by itself: whoever makes one of these has taken it over.
inline constexpr const char* kCallsOfAttackers[] = {
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "bpf", "perf_event_open", "userfaultfd",
    "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "keyctl", "add_key", "request_key", "reboot", "swapon", "swapoff", "setuid", "setgid", "setresuid", "setresgid", "setreuid", "setregid",
    "io_uring_setup", "io_uring_enter", "io_uring_register",
};

/// What a service has done by the time at which it is confined: its ports are open.
inline constexpr const char* kCallsOfStart[] = {"bind", "listen"};

}  // namespace tocsin
