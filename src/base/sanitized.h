// Whether this build has sanitizers of memory or threads. They need system calls that a sandbox forbids, and terabytes of addresses, so what
// limits either lets them be, and says so. Nothing fails.
//
//   if (!is_sanitized()) set_limit(RLIMIT_AS, most);
#pragma once

namespace tocsin {

/// Known when it is compiled.
constexpr bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer);
#else
  return false;
#endif
}

}  // namespace tocsin
