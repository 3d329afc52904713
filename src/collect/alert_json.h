// A JSON object and the values in it that a path of names leads to: for the alert parsers, which ask one object for a dozen of them. By simdjson's tree; one thread. What is not there, or of
// another kind, is nothing.
//
//   AlertJson json;
//   TRY(json.parse(line));
//   const std::string_view rule = json.text(json.at({"finding_info", "title"}));
#pragma once

#include <simdjson.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/alert_parser.h"

namespace tocsin {

class AlertJson {
 public:
  using Element = std::optional<simdjson::dom::element>;

  AlertJson() : parser_(kAlertBytesMax) {}

  /// Of one object; its values are good until the next.
  Status parse(std::string_view text) {
    simdjson::dom::element root;
    if (const auto error = parser_.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS) {
      return Error{Code::kInvalid, std::string("it is no JSON: ") + simdjson::error_message(error)};
    }
    if (!root.is_object()) return Error{Code::kInvalid, "it is not a JSON object"};
    root_ = root;
    return {};
  }
  simdjson::dom::element root() const { return root_; }
  void set_root(simdjson::dom::element root) { root_ = root; }

  /// What the names lead to, from the root or from `from`: a member of an object, or of the first object in an array.
  Element at(std::initializer_list<std::string_view> names) const { return at(root_, names); }
  static Element at(Element from, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) from = member(from, name);
    return from;
  }
  /// The same by a dotted name, where a writer may have kept dots within the names: {"a.b":{"c":1}} has a.b.c, and so has {"a":{"b.c":1}}.
  Element dotted(std::string_view path) const { return dotted(root_, path); }

  /// A string, or the first one of an array of them; "" otherwise.
  static std::string_view text(Element element) {
    element = first(element);
    std::string_view text;
    return element && element->get(text) == simdjson::SUCCESS ? text : std::string_view();
  }
  static std::optional<std::int64_t> number(Element element) {
    element = first(element);
    std::int64_t number = 0;
    if (!element || element->get(number) != simdjson::SUCCESS) return std::nullopt;
    return number;
  }

 private:
  static Element first(Element element) {
    simdjson::dom::array array;
    if (!element || element->get(array) != simdjson::SUCCESS) return element;
    if (array.begin() == array.end()) return std::nullopt;
    return *array.begin();
  }
  static Element member(Element from, std::string_view name) {
    from = first(from);
    simdjson::dom::object object;
    simdjson::dom::element found;
    if (!from || from->get(object) != simdjson::SUCCESS || object.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
  }
  /// Each way to divide a path of a few names is tried.
  static Element dotted(Element from, std::string_view path) {
    if (!from) return std::nullopt;
    if (const Element whole = member(from, path)) return whole;
    for (std::size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
      const Element inner = member(from, path.substr(0, dot));
      if (!inner) continue;
      if (const Element found = dotted(inner, path.substr(dot + 1))) return found;
    }
    return std::nullopt;
  }

  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

}  // namespace tocsin
