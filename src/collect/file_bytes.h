// The bytes of a followed file at any place, as they were before somebody compressed them. A plain file is read where it is asked for. Of an
// encoded one (gzip, zstd, UTF-16) everything before that place is decoded once and thrown away, so it should be asked for in order; the
// memory is what is asked for at a time. One thread. kIo is the disk's trouble and may pass; damage in an encoded file is its end, and damage() says so.
//
//   FileBytes bytes(file);          // which must outlive it
//   TRY(bytes.begin());
//   const std::string_view text = TRY(bytes.at(offset, size, buffer));
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/env.h"
#include "collect/byte_stream.h"

namespace tocsin {

/// The file from its first byte on, for what reads front to back.
std::unique_ptr<File> front_to_back(WatchedFile& file);

class FileBytes {
 public:
  explicit FileBytes(WatchedFile& file, MailRules mail = {}) : file_(file), mail_(std::move(mail)) {}

  /// Looks whether the file is encoded.
  Status begin();
  bool encoded() const { return encoded_; }
  /// Up to `size` bytes from `offset` on in `buffer`, fewer only where the file ends.
  Result<std::string_view> at(std::uint64_t offset, std::size_t size, std::string& buffer);
  /// Why an encoded file ended before its end.
  const std::optional<Error>& damage() const { return damage_; }

 private:
  Status decode_to(std::uint64_t end);

  WatchedFile& file_;
  MailRules mail_;
  bool encoded_ = false;
  std::unique_ptr<ByteStream> stream_;
  std::string window_;       // decoded, from from_ on
  std::uint64_t from_ = 0;
  bool ended_ = false;
  std::optional<Error> damage_;
};

}  // namespace tocsin
