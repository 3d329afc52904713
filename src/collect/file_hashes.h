// The three fingerprints by which files are looked up, in one pass, by OpenSSL: MD5 and SHA-1 prove nothing any more, but lists of known files still go by them. One thread.
//
//   FileHashes hashes;
//   hashes.update(bytes);
//   hashes.finish().sha256
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tocsin {

class FileHashes {
 public:
  /// Hexadecimal digits in lower case; "" where the system's policy does not allow the algorithm.
  struct Digests {
    std::string md5, sha1, sha256;
  };

  FileHashes();
  ~FileHashes();
  FileHashes(const FileHashes&) = delete;
  FileHashes& operator=(const FileHashes&) = delete;

  void update(std::string_view bytes);
  /// Once, at the end.
  Digests finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
