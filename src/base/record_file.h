// Records written one after another to a scratch file and read back in that order, or from any place: what a scan puts
// aside until its end. Until a buffer is full nothing touches the disk. One thread at a time. What fails is the disk;
// a record whose append failed is not there, those before it are.
//
//   RecordFile file(env);
//   TRY(file.append("one"));
//   RecordFile::Reader reader(file, 0, file.size());
//   std::string_view record;
//   while (TRY(reader.next(record))) …
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/env.h"

namespace tocsin {

class RecordFile {
 public:
  explicit RecordFile(Env& env) : env_(env) {}

  Status append(std::string_view record);
  /// Where the next record will begin.
  std::uint64_t size() const { return written_ + buffer_.size(); }

  class Reader {
   public:
    /// The records from `from` to before `to`; both are sizes that the file had. Nothing is appended meanwhile.
    Reader(RecordFile& file, std::uint64_t from, std::uint64_t to) : file_(&file), at_(from), to_(to) {}
    /// False at the end. The record stands until the next call.
    Result<bool> next(std::string_view& record);

   private:
    Status ensure(std::size_t size);

    RecordFile* file_;
    std::uint64_t at_, to_;      // not yet in the buffer
    std::string buffer_;
    std::size_t used_ = 0;
  };

 private:
  Status flush();
  Status read(std::uint64_t offset, char* into, std::size_t size);

  Env& env_;
  std::unique_ptr<ScratchFile> file_;
  std::uint64_t written_ = 0;
  std::string buffer_;
};

}  // namespace tocsin
