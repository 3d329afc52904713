// From the path of a value to the names under which rules may ask for it, by the `naming` of the mappings. Built while
// mappings are loaded, immutable afterwards, safe from any thread.
//
//   envelopes   "result."             what lies below is a whole event: its paths are read as if they began there
//   tails       ".#text"              the path without it is the same value
//   rename      "winlog.channel"      has these names (a component '*' stands for any one component)
//   strip       "Event.System."       what remains of the path is a field name
//   data        "Event.EventData."    the same for what the product's events carry, which may be called anything
//   capitalise  "data.win.eventdata." as data, with the first letter in upper case
//   header      "Channel"             names that mean the event as a whole: not to be recognised by one among the data
//   gather      "requestParameters"   everything below also goes by this one name
//   spaces      ["", "_"]             a name with spaces is also known with each space replaced
//   lists       at: Parameters        a list of names and values: what stands below it, but for its elements' own keys, is data (named_lists.h)
//
// The names of a path are those, most specific first, and always the path itself.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "normalize/named_lists.h"

namespace tocsin {

/// An envelope in an envelope in an envelope is real (a shipper around a tool around an event); more is not.
inline constexpr int kEnvelopeDepthMax = 4;
/// What rules can call one value; bounds what a hostile path costs.
inline constexpr std::size_t kPathNamesMax = 24;

struct PathNames {
  std::vector<std::string> all;      // distinct; the first is canonical
  std::vector<std::string> routing;  // those by which log sources may be told apart
};

struct NamingTables {
  std::vector<std::string> envelopes, tails, strips, data, capitalised, header, gathers, spaces;
  std::unordered_map<std::string, std::vector<std::string>> renames;
  std::vector<std::pair<std::string, std::vector<std::string>>> wild_renames;  // with a component '*'
  std::vector<NamedList> lists;

  PathNames names(std::string_view path) const;
};

/// How much of `path` the pattern covers from its start, npos if it does not: '*' is any one component.
std::size_t covered_by(std::string_view path, std::string_view pattern);

}  // namespace tocsin
