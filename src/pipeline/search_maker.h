// Starts the process that searches come from (cli/searches.h) for whoever talks to it: the API's process, which starts nothing itself. There is one at a time; the one
// before ends. One thread at a time. An Error is kIo.
//
//   SearchMaker maker(starter, data, key_file);
//   const Descriptor socket = TRY(maker.start());
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/program_starter.h"
#include "store/data_folder.h"

namespace tocsin {

/// Of each search: DuckDB's own limit.
inline constexpr std::uint64_t kSearchMemoryMiB = 256;

class SearchMaker {
 public:
  /// `mappings` are the user's, beside the program's.
  SearchMaker(ProgramStarter& starter, const DataFolder& data, const std::string& key_file, const std::vector<std::string>& mappings = {});
  /// Where it takes orders (SOCK_SEQPACKET).
  Result<Descriptor> start();

 private:
  ProgramStarter& starter_;
  const std::vector<std::string> words_;
  StartedProgram process_;
};

}  // namespace tocsin
