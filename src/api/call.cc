#include "api/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tocsin::api {

namespace json = boost::json;

const std::string& Call::parameter(const std::string& name) const {
  static const std::string none;
  const auto found = parameters.find(name);
  return found == parameters.end() ? none : found->second;
}

Result<std::size_t> number_parameter(const Call& call, const std::string& name, std::size_t preset, std::size_t most) {
  const std::string& text = call.parameter(name);
  if (text.empty()) return preset;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) {
    return Error{Code::kInvalid, fmt::format("'{}' is a number from 1 to {}", name, most)};
  }
  return number;
}

Result<Fields> Fields::read(const Call& call, std::initializer_list<std::string_view> known) {
  if (!call.request.head.content_type.starts_with("application/json")) {
    return Error{Code::kInvalid, "send the body as Content-Type: application/json"};
  }
  json::parse_options options;
  options.max_depth = kBodyDepthMax;
  boost::system::error_code error;
  json::value value = json::parse(call.request.body, error, {}, options);
  if (error || !value.is_object()) return Error{Code::kInvalid, "the body is no JSON object"};
  Fields fields;
  fields.object_ = std::move(value.get_object());
  for (const auto& member : fields.object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::find(known, name) == known.end()) return Error{Code::kInvalid, fmt::format("the body has '{}', which nobody asked for", name)};
  }
  return fields;
}

bool Fields::has(std::string_view name) const { return object_.contains(name); }

Result<std::string> Fields::text(std::string_view name, std::size_t bytes_max) const {
  std::string text = TRY(text_or_none(name, bytes_max));
  if (text.empty()) return Error{Code::kInvalid, fmt::format("'{}' is missing", name)};
  return text;
}

Result<std::string> Fields::text_or_none(std::string_view name, std::size_t bytes_max) const {
  const json::value* const found = object_.if_contains(name);
  if (found == nullptr) return std::string();
  const json::string* const text = found->if_string();
  if (text == nullptr || text->size() > bytes_max) return Error{Code::kInvalid, fmt::format("'{}' is a text of {} bytes at most", name, bytes_max)};
  return std::string(text->data(), text->size());
}

Result<std::uint64_t> Fields::number_or(std::string_view name, std::uint64_t preset, std::uint64_t least, std::uint64_t most) const {
  const json::value* const found = object_.if_contains(name);
  if (found == nullptr) return preset;
  const std::int64_t* const number = found->if_int64();
  if (number == nullptr || *number < static_cast<std::int64_t>(least) || *number > static_cast<std::int64_t>(most)) {
    return Error{Code::kInvalid, fmt::format("'{}' is a number from {} to {}", name, least, most)};
  }
  return static_cast<std::uint64_t>(*number);
}

Result<double> Fields::share(std::string_view name) const {
  const json::value* const found = object_.if_contains(name);
  if (found != nullptr && found->is_number()) {
    const double number = found->to_number<double>();
    if (number >= 0 && number <= 1) return number;
  }
  return Error{Code::kInvalid, fmt::format("'{}' is a number from 0 to 1", name)};
}

Result<std::optional<bool>> Fields::truth(std::string_view name) const {
  const json::value* const found = object_.if_contains(name);
  if (found == nullptr) return std::optional<bool>();
  if (!found->is_bool()) return Error{Code::kInvalid, fmt::format("'{}' is true or false", name)};
  return std::optional<bool>(found->get_bool());
}

Result<std::vector<std::string>> Fields::texts(std::string_view name, std::size_t count_max) const {
  const json::value* const found = object_.if_contains(name);
  const json::array* const items = found == nullptr ? nullptr : found->if_array();
  if (items == nullptr || items->empty() || items->size() > count_max) {
    return Error{Code::kInvalid, fmt::format("'{}' is a list of 1 to {} texts", name, count_max)};
  }
  std::vector<std::string> texts;
  for (const json::value& item : *items) {
    const json::string* const text = item.if_string();
    if (text == nullptr) return Error{Code::kInvalid, fmt::format("'{}' is a list of texts", name)};
    texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

}  // namespace tocsin::api
