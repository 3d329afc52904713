// Takes the members of one JSON object apart, each once: what has another type, is too long or is missing is a mistake with its pointer, and what nobody asked for is a warning. So whoever reads an object says only what it may have.
//
//   MemberReader reader(object, "/workflow/x", notes);
//   step.name = reader.text("name");
//   reader.end();                       // warns of the others
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "respond/cacao/read_playbook.h"

namespace tocsin::cacao {

/// Collects up to kMistakesMax.
class Notes {
 public:
  void error(std::string pointer, std::string message) { add(Mistake::Kind::kError, std::move(pointer), std::move(message)); }
  void warn(std::string pointer, std::string message) { add(Mistake::Kind::kWarning, std::move(pointer), std::move(message)); }
  std::vector<Mistake> take();

 private:
  void add(Mistake::Kind kind, std::string pointer, std::string message);

  std::vector<Mistake> mistakes_;
  std::size_t errors_left_out_ = 0;
};

/// `pointer`, and a member or an index behind it.
std::string under(std::string_view pointer, std::string_view member);

enum class Need : std::uint8_t { kOptional, kRequired };

class MemberReader {
 public:
  /// Both outlive it.
  MemberReader(const boost::json::object& object, std::string pointer, Notes& notes) : object_(object), pointer_(std::move(pointer)), notes_(notes) {}

  std::string text(std::string_view name, Need need = Need::kOptional);
  bool flag(std::string_view name);
  /// Within the bounds; `preset` if it is not there.
  std::uint64_t number(std::string_view name, std::uint64_t most, std::uint64_t preset);
  bool has(std::string_view name) const { return object_.contains(view(name)); }
  /// One of `words`; "" if it is not there or none.
  std::string word(std::string_view name, std::initializer_list<std::string_view> words, Need need);
  /// An identifier; of one of `types`, if there are any.
  std::string id(std::string_view name, Need need = Need::kOptional);
  std::string time(std::string_view name, Need need = Need::kOptional);
  /// Base64 (RFC 4648, section 4), decoded.
  std::string base64(std::string_view name, Need need = Need::kOptional);
  std::vector<std::string> texts(std::string_view name, std::size_t most, Need need = Need::kOptional);
  std::vector<std::string> ids(std::string_view name, std::size_t most, Need need = Need::kOptional);
  /// As it is; empty if it is not there.
  boost::json::object object(std::string_view name);
  /// Calls `each` for every member of an object, with its pointer.
  void members(std::string_view name, std::size_t most, Need need, const std::function<void(std::string_view key, const boost::json::value& value, const std::string& pointer)>& each);
  /// The same for the items of a list.
  void items(std::string_view name, std::size_t most, Need need, const std::function<void(const boost::json::value& value, const std::string& pointer)>& each);
  /// Known, and of no use here.
  void pass_over(std::initializer_list<std::string_view> names) { asked_.insert(names.begin(), names.end()); }
  void end();

  const std::string& pointer() const { return pointer_; }
  Notes& notes() { return notes_; }

 private:
  static boost::json::string_view view(std::string_view text) { return {text.data(), text.size()}; }
  const boost::json::value* find(std::string_view name, Need need);
  void wrong(std::string_view name, std::string message) { notes_.error(under(pointer_, name), std::move(message)); }

  const boost::json::object& object_;
  const std::string pointer_;
  Notes& notes_;
  std::set<std::string, std::less<>> asked_;
};

/// Its object; nullptr, and a mistake, if it is none.
const boost::json::object* object_of(const boost::json::value& value, const std::string& pointer, Notes& notes);

}  // namespace tocsin::cacao
