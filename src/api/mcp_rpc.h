// JSON-RPC 2.0 as the Model Context Protocol has it (revisions 2025-06-18 and 2025-11-25, "Messages"): one message out of a request's body, and messages as text. A body is one object;
// a list of them (a batch) is refused, as both revisions say. Ids are texts or whole numbers, never null. Pure; what is wrong is an RpcProblem, with the code that the client is told.
//
//   const RpcReading read = read_rpc(body);
//   if (!read.message) return rpc_error(read.problem.id, read.problem.code, read.problem.words);
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::api {

/// Objects and lists within each other: arguments of a tool need three; this leaves room for what clients add as `_meta`.
inline constexpr std::size_t kRpcDepthMax = 16;
/// An id that is a text: clients count, or send a UUID.
inline constexpr std::size_t kRpcIdBytesMax = 128;
/// The name of a method; the longest of the protocol has 36.
inline constexpr std::size_t kRpcMethodBytesMax = 128;

/// JSON-RPC 2.0, section 5.1.
inline constexpr int kRpcNoJson = -32700, kRpcNoRequest = -32600, kRpcNoMethod = -32601, kRpcBadParams = -32602, kRpcTrouble = -32603;
/// MCP, "Resources": there is none of this name.
inline constexpr int kRpcNoResource = -32002;

struct RpcMessage {
  enum class Kind : std::uint8_t { kRequest, kNotification, kResponse };
  Kind kind = Kind::kRequest;
  boost::json::value id;       // of a request and a response
  std::string method;          // of a request and a notification
  boost::json::object params;  // empty if there are none
  boost::json::object result;  // of a response
  bool failed = false;         // a response that has an error in place of a result
};

struct RpcProblem {
  int code = kRpcNoRequest;
  std::string_view words;  // static text
  boost::json::value id;   // null where it could not be read
};

struct RpcReading {
  std::optional<RpcMessage> message;
  RpcProblem problem;
};

RpcReading read_rpc(std::string_view body);

std::string rpc_result(const boost::json::value& id, boost::json::object result);
std::string rpc_error(const boost::json::value& id, int code, std::string_view words);
std::string rpc_request(std::string_view id, std::string_view method, boost::json::object params);
std::string rpc_notification(std::string_view method, boost::json::object params);

/// A member that is a text; nothing if it is not there or none.
std::optional<std::string_view> text_member(const boost::json::object& object, std::string_view name);
/// A member that is an object; nullptr if it is not there or none.
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);

}  // namespace tocsin::api
