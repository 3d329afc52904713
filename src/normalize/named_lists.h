// Lists in which names stand beside values, `[{"name": "SETTING_NAME", "value": "x"}, …]`, read as if each name were a key:
// the part `naming.lists` of the mappings (docs/mappings.md). Cloud audit logs say what matters in such lists, and rules
// ask for the name.
//
//   {"Parameters": [{"Name": "ForwardTo", "Value": "x@example.net"}]}
//   {at: Parameters, name: Name, value: Value}      gives  Parameters.ForwardTo = x@example.net, and ForwardTo
//
// A value gets one more place in the event, marked derived; its bytes stay where they are. Which name belongs to it is
// told by the braces of the JSON text around both, since an event is a flat list of values: within one object the order
// of keys says nothing, and two objects never mix. Values that are no piece of JSON text have no such lists.
//
// NamedList is a plain value, part of the immutable tables. A ListReader belongs to one Classifier. It never fails: what
// would pass a limit is left out. Warm, it allocates nothing. Cost: events without such a list pay nothing (a path is
// asked once what it is); others one pass over their values and over the bytes of the list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/path_table.h"

namespace tocsin {

struct NamedList {
  std::string at;                   // the list's path; a component '*' is any one
  std::string name;                 // the key of the name
  std::vector<std::string> values;  // keys of what goes by the name itself
  std::vector<std::string> also;    // keys of what goes by name.key
  std::vector<std::string> others;  // keys that are neither, and no names
  bool unquote = false;             // "\"x\"" is x
};

/// In all mappings; the shipped ones have some dozen, and each path is held against all of them, once.
inline constexpr std::size_t kNamedListsMax = 256;
/// Of one event. The longest lists known, of cmdlets, have some hundred parameters; a list of all that an event holds
/// would double it.
inline constexpr std::size_t kListedValuesMax = 1'024;
/// Names are identifiers of a product. A longer one is no name.
inline constexpr std::size_t kListedNameBytesMax = 256;

/// What remains of `path` behind a list's own path and a dot, if that could be one of its names; else nothing.
std::string_view name_in_list(const NamedList& list, std::string_view path);

class ListReader {
 public:
  ListReader(const std::vector<NamedList>& lists, PathTable& paths);

  /// Whether values under this path stand in a list, as name or as value. The path must have a name.
  bool concerns(PathId path);
  /// Appends the values of the event's lists under their names. They point to where the event's own values do.
  void read(Event& event);

 private:
  enum class Kind : std::uint8_t { kNone, kName, kValue, kAlso };
  struct Role {
    std::uint16_t list = 0;
    Kind kind = Kind::kNone;
  };
  /// One object of a list, so far.
  struct Element {
    PathId list_path = PathTable::kOverflow;
    const Value* name = nullptr;
    const char* end = nullptr;  // of its last value
  };

  void learn_paths();
  Role role_of(PathId path) const;
  bool continues(const Value& value, const Event& event) const;
  void finish();
  PathId place_of(const Value& value);

  const std::vector<NamedList>& lists_;
  PathTable& paths_;
  std::vector<Role> roles_;  // by PathId
  Element element_;
  std::vector<Value> pending_;  // of the element
  std::vector<Value> listed_;   // of the event
  std::string name_;            // scratch
};

}  // namespace tocsin
