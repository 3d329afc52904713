// What a function returns when input, disk, network or user can make it fail. Our own mistakes are assertions
// (base/check.h), never a Result. Nothing here throws; a library that throws is caught in the one file that wraps it.
//
//   Result<std::string> read(const std::string& path);
//   Result<int> count(const std::string& path) {
//     std::string text = TRY(read(path));
//     return static_cast<int>(text.size());
//   }
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace tocsin {

/// Why something failed. A code exists only if a caller reacts to it; the message says what, where and what to do.
enum class Code {
  kInvalid,      // the input is not what it should be
  kNotFound,     // the named thing is not there
  kDenied,       // the system refused access
  kLimit,        // a named limit was reached
  kUnsupported,  // valid, but not something this program does
  kIo,           // the disk or the network failed
};

struct Error {
  Code code = Code::kInvalid;
  std::string message;
};

/// tl::expected, marked so that an ignored failure does not compile.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(tl::unexpect, std::move(error)) {}  // NOLINT: implicit, so that `return Error{…}` works
};

using Status = Result<void>;

namespace internal {
template <class T>
T unwrap(Result<T>&& result) { return std::move(*result); }
inline void unwrap(Result<void>&&) {}
}  // namespace internal

}  // namespace tocsin

/// The value of a Result, or return its error from the enclosing function (a GNU statement expression; g++ and clang).
#define TRY(expression)                                                      \
  __extension__({                                                            \
    auto try_result_ = (expression);                                         \
    if (!try_result_) return ::tocsin::Error(std::move(try_result_.error())); \
    ::tocsin::internal::unwrap(std::move(try_result_));                      \
  })
