// What is packed in gzip or zip, unpacked while it comes, member by member: for files that arrive within others, where nobody can seek. Of zip (APPNOTE.TXT, 4.3) the local headers are
// read, one after the other, and not the directory at its end: methods 0 and 8, no encryption, no zip64. How much may come out is for the sink to say. One thread.
//
//   std::unique_ptr<Unpacker> unpacker = make_unpacker(head);
//   TRY(unpacker->read(bytes, sink));  …  TRY(unpacker->finish(sink));
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// Reporters put one file into an archive.
inline constexpr std::size_t kZipMembersMax = 16;
/// Of a member's name and extra field together, which are skipped.
inline constexpr std::size_t kZipHeaderBytesMax = 4 << 10;

class UnpackerSink {
 public:
  virtual ~UnpackerSink() = default;
  /// An error ends the work, and read() gives it back.
  virtual Status bytes(std::string_view bytes) = 0;
  /// A member is whole.
  virtual Status member_end() = 0;
};

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  virtual Status read(std::string_view bytes, UnpackerSink& sink) = 0;
  /// kInvalid if what came is not whole.
  virtual Status finish(UnpackerSink& sink) = 0;
};

/// By the first four bytes; for what is not packed one that hands on what it gets.
std::unique_ptr<Unpacker> make_unpacker(std::string_view head);

}  // namespace tocsin
