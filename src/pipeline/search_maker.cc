#include "pipeline/search_maker.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "pipeline/search_request.h"

namespace tocsin {

namespace {

std::vector<std::string> words_of(const DataFolder& data, const std::string& key_file, const std::vector<std::string>& mappings) {
  std::vector<std::string> words = {"tocsin", std::string(kSearchesVerb), "--data", data.path, "--key-file", key_file, "--memory", std::to_string(kSearchMemoryMiB)};
  for (const std::string& path : mappings) words.insert(words.end(), {"--mappings", path});
  return words;
}

}  // namespace

SearchMaker::SearchMaker(ProgramStarter& starter, const DataFolder& data, const std::string& key_file, const std::vector<std::string>& mappings)
    : starter_(starter), words_(words_of(data, key_file, mappings)) {}

Result<Descriptor> SearchMaker::start() {
  process_ = StartedProgram();
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, std::string("no socket pair: ") + std::strerror(errno)};
  Descriptor own(ends[0]);
  const Descriptor other(ends[1]);
  process_ = TRY(starter_.start({.words = words_, .descriptors = {other.get()}, .environment = true}));
  return own;
}

}  // namespace tocsin
