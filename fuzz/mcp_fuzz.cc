// Any bytes as what a client of the Model Context Protocol sends: a message that is taken has a method or is a response, an id that is no null unless it is a notification, and is read
// again as it is written. The same bytes as what the API answers, if they are JSON: what a model is told of it has its size, and no character that is not seen.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/mcp_result.h"
#include "api/mcp_rpc.h"
#include "base/check.h"
#include "base/text.h"

namespace {

using namespace tocsin;
using namespace tocsin::api;

void look_at(const RpcMessage& message) {
  if (message.kind == RpcMessage::Kind::kNotification) {
    TOCSIN_CHECK(message.id.is_null() && !message.method.empty());
    TOCSIN_CHECK(read_rpc(rpc_notification(message.method, message.params)).message.has_value());
    return;
  }
  TOCSIN_CHECK(!message.id.is_null());
  const RpcReading response = read_rpc(rpc_result(message.id, message.result));
  TOCSIN_CHECK(response.message && response.message->id == message.id && response.message->result == message.result);
}

void look_at(const boost::json::value& data) {
  const boost::json::object said = told(data);
  const std::string text = boost::json::serialize(said);
  TOCSIN_CHECK(text.size() <= kToldBytesMax);
  TOCSIN_CHECK(terminal_safe(text) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const RpcReading reading = read_rpc(bytes);
  if (reading.message) {
    look_at(*reading.message);
  } else {
    TOCSIN_CHECK(!reading.problem.words.empty() && reading.problem.code < 0);
    const RpcReading again = read_rpc(rpc_error(reading.problem.id, reading.problem.code, reading.problem.words));
    TOCSIN_CHECK(reading.problem.id.is_null() ? !again.message : again.message->failed);
  }
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kToldDepthMax;
  const boost::json::value value = boost::json::parse(bytes, error, {}, options);
  if (!error) look_at(value);
  return 0;
}
