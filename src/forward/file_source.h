// Followed files, as `tocsin serve` follows them (collect/file_tail.h, docs/formats/files.md): plain, packed and rotated logs, JSON, Windows event logs. Each log's mark goes into
// the spool with its records. One thread.
//
//   FileSource files(env, feed, {.names = {"/var/log/*.log"}, .say = say});
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collect/file_tail.h"
#include "forward/source.h"

namespace tocsin::forward {

/// A log of which no file was seen for so long is forgotten, as the service does.
inline constexpr TimeUs kForgetLogUs = TimeUs{30} * 86'400'000'000;

class FileSource : public Source {
 public:
  struct Options {
    std::vector<std::string> names = {};  // files, folders, patterns
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  FileSource(Env& env, Feed& feed, const Options& options);

  bool round() override;
  std::string name() const override { return "files"; }
  std::string trouble() const override;

 private:
  void take(std::span<FileBatch> batches);
  void look_after();

  Env& env_;
  Feed& feed_;
  std::unique_ptr<FileTail> tail_;
  std::map<std::uint64_t, TimeUs> seen_;  // by log
  TimeUs looked_after_us_ = 0;
  std::int64_t again_ns_ = 0;  // not before: looking at many names takes long
  std::vector<std::string_view> views_;
};

}  // namespace tocsin::forward
