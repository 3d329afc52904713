// Numbers that audit records may carry in place of names: record types (linux/audit.h) and system calls (by
// architecture). Constant tables; safe from any thread. "" where the number is not known.
#pragma once

#include <string_view>

namespace tocsin {

/// "1300" is "SYSCALL"; what is not a known number stays as it is, "UNKNOWN[1334]" becomes what 1334 is called.
std::string_view audit_type_name(std::string_view written);
/// `arch` as in the record ("c000003e" x86-64, "c00000b7" arm64), `number` in decimal.
std::string_view audit_syscall_name(std::string_view arch, std::string_view number);

}  // namespace tocsin
