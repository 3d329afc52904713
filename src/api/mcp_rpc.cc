#include "api/mcp_rpc.h"

#include <utility>

namespace tocsin::api {

namespace json = boost::json;

namespace {

RpcReading refused(int code, std::string_view words, json::value id = nullptr) { return {std::nullopt, {code, words, std::move(id)}}; }

bool is_id(const json::value& value) {
  if (const json::string* const text = value.if_string()) return text->size() <= kRpcIdBytesMax;
  return value.is_int64() || value.is_uint64();
}

RpcReading read_response(const json::object& object, const json::value& id) {
  const json::object* const result = object_member(object, "result");
  const json::object* const error = object_member(object, "error");
  if ((result == nullptr) == (error == nullptr)) return refused(kRpcNoRequest, "a message has a method, or else a result or an error, which are objects", id);
  RpcReading reading;
  reading.message.emplace();
  reading.message->kind = RpcMessage::Kind::kResponse;
  reading.message->id = id;
  reading.message->failed = error != nullptr;
  if (result != nullptr) reading.message->result = *result;
  return reading;
}

RpcReading read_object(const json::object& object) {
  const json::value* const id = object.if_contains("id");
  if (id != nullptr && !is_id(*id)) return refused(kRpcNoRequest, "'id' is a text or a whole number");
  const json::value known = id == nullptr ? json::value() : *id;
  if (text_member(object, "jsonrpc") != "2.0") return refused(kRpcNoRequest, "'jsonrpc' is \"2.0\"", known);
  if (!object.contains("method")) {
    if (id == nullptr) return refused(kRpcNoRequest, "a message has a method, or else an id and a result or an error");
    return read_response(object, known);
  }
  const std::optional<std::string_view> method = text_member(object, "method");
  if (!method || method->empty() || method->size() > kRpcMethodBytesMax) return refused(kRpcNoRequest, "'method' is the name of a method", known);
  const json::value* const params = object.if_contains("params");
  if (params != nullptr && !params->is_object()) return refused(kRpcNoRequest, "'params' is an object", known);
  RpcReading reading;
  reading.message.emplace();
  reading.message->kind = id == nullptr ? RpcMessage::Kind::kNotification : RpcMessage::Kind::kRequest;
  reading.message->id = known;
  reading.message->method = *method;
  if (params != nullptr) reading.message->params = params->get_object();
  return reading;
}

json::object begun() { return {{"jsonrpc", "2.0"}}; }

}  // namespace

RpcReading read_rpc(std::string_view body) {
  json::parse_options options;
  options.max_depth = kRpcDepthMax;
  boost::system::error_code error;
  const json::value value = json::parse(body, error, {}, options);
  if (error) return refused(kRpcNoJson, "the body is no JSON, or has more within each other than is taken");
  if (value.is_array()) return refused(kRpcNoRequest, "several messages at once (a batch) are not taken; send them one by one");
  if (!value.is_object()) return refused(kRpcNoRequest, "a message is an object");
  return read_object(value.get_object());
}

std::string rpc_result(const json::value& id, json::object result) {
  json::object message = begun();
  message["id"] = id;
  message["result"] = std::move(result);
  return json::serialize(message);
}

std::string rpc_error(const json::value& id, int code, std::string_view words) {
  json::object message = begun();
  message["id"] = id;
  message["error"] = json::object{{"code", code}, {"message", json::string_view(words.data(), words.size())}};
  return json::serialize(message);
}

std::string rpc_request(std::string_view id, std::string_view method, json::object params) {
  json::object message = begun();
  message["id"] = json::string_view(id.data(), id.size());
  message["method"] = json::string_view(method.data(), method.size());
  message["params"] = std::move(params);
  return json::serialize(message);
}

std::string rpc_notification(std::string_view method, json::object params) {
  json::object message = begun();
  message["method"] = json::string_view(method.data(), method.size());
  message["params"] = std::move(params);
  return json::serialize(message);
}

std::optional<std::string_view> text_member(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(json::string_view(name.data(), name.size()));
  const json::string* const text = found == nullptr ? nullptr : found->if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(json::string_view(name.data(), name.size()));
  return found == nullptr ? nullptr : found->if_object();
}

}  // namespace tocsin::api
