#include "oidc/strict_json.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <set>
#include <vector>

namespace tocsin::oidc {

namespace {

namespace json = boost::json;

/// Looks at the names of objects alone, and stops at one that its object has already.
class NamesOnce {
 public:
  using error_code = boost::system::error_code;
  using string_view = json::string_view;
  static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX, max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open_.emplace_back(), true; }
  bool on_object_end(std::size_t, error_code&) { return open_.pop_back(), true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view part, std::size_t, error_code&) { return name_.append(part.data(), part.size()), true; }
  bool on_key(string_view part, std::size_t, error_code& error) {
    name_.append(part.data(), part.size());
    const bool is_new = open_.back().insert(std::exchange(name_, {})).second;
    if (!is_new) error = json::error::extra_data;
    return is_new;
  }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_double(double, string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string name_;
};

}  // namespace

Result<json::object> read_strict_object(std::string_view text, std::string_view what) {
  json::parse_options options;
  options.max_depth = kStrictJsonDepthMax;
  boost::system::error_code error;
  json::basic_parser<NamesOnce> names(options);
  const std::size_t used = names.write_some(false, text.data(), text.size(), error);
  if (error == json::error::extra_data) return Error{Code::kInvalid, fmt::format("{} has a name twice", what)};
  json::value value;
  if (!error && used <= text.size()) value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return Error{Code::kInvalid, fmt::format("{} is no JSON object", what)};
  return std::move(value.get_object());
}

Result<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  if (found == nullptr) return std::string();
  const json::string* const text = found->if_string();
  if (text == nullptr) return Error{Code::kInvalid, fmt::format("'{}' is no text", name)};
  return std::string(text->data(), text->size());
}

}  // namespace tocsin::oidc
