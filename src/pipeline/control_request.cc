#include "pipeline/control_request.h"

#include <boost/json.hpp>

#include "report/json_text.h"

namespace tocsin {

namespace {

namespace json = boost::json;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

/// Empty if it is no JSON object.
json::object parse_object(std::string_view line) {
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(line.data(), line.size()), failed);
  return failed || !value.is_object() ? json::object() : std::move(value.get_object());
}

}  // namespace

std::string_view ControlRequest::argument(const std::string& name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string_view() : std::string_view(found->second);
}

Result<ControlRequest> parse_control_request(std::string_view line, std::size_t bytes_max) {
  if (line.size() > bytes_max) return Error{Code::kInvalid, "the request is too long"};
  ControlRequest request;
  const json::object object = parse_object(line);
  for (const auto& [key, value] : object) {
    const std::string name(key.data(), key.size());
    if (!value.is_string()) return Error{Code::kInvalid, "'" + name + "' is not a string"};
    (name == "command" ? request.command : request.arguments[name]) = view(value.get_string());
  }
  if (request.command.empty()) return Error{Code::kInvalid, R"(a request is one line with an object, as {"command":"status"})"};
  return request;
}

std::string write_control_request(const ControlRequest& request) {
  std::string line = "{\"command\":";
  append_string(line, request.command);
  for (const auto& [name, value] : request.arguments) {
    line += ',';
    append_string(line, name);
    line += ':';
    append_string(line, value);
  }
  return line + "}\n";
}

std::string write_control_answer(const Result<std::string>& result) {
  if (result) return R"({"ok":true,"result":)" + *result + "}\n";
  std::string line = R"({"ok":false,"error":)";
  append_string(line, result.error().message);
  return line + "}\n";
}

Result<std::string> parse_control_answer(std::string_view line) {
  const json::object answer = parse_object(line);
  const json::value* const ok = answer.if_contains("ok");
  const json::value* const result = answer.if_contains("result");
  const json::value* const error = answer.if_contains("error");
  if (ok != nullptr && *ok == true && result != nullptr) return json::serialize(*result);
  if (ok != nullptr && *ok == false && error != nullptr && error->is_string()) return Error{Code::kDenied, std::string(view(error->get_string()))};
  return Error{Code::kInvalid, "the service gave no answer that this program knows; are both of the same version?"};
}

}  // namespace tocsin
