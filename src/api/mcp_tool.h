// What a model may ask for: a tool is a name, words for the model, a schema of its arguments, and a function. The product's tools are rows of one table, each of which stands for a route
// of the API: whoever may ask the route may use the tool, the route's own function answers, and its limits hold. A tool acts, or only reads. Safe from any thread.
//
//   for (const McpTool& tool : product_tools()) if (is_allowed(who, tool.need)) …
//   json::object result = TRY(tool.run({arguments, call, context, talk}));
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace tocsin::api {

/// Of one call of a tool. Lists are shorter than the API's own: a model reads all of it.
inline constexpr std::size_t kToolRows = 20, kToolRowsMax = 100;
/// Events of one search, and its seconds: whoever waits for a model does not wait for five minutes.
inline constexpr std::size_t kToolEvents = 20, kToolEventsMax = 200, kToolSeconds = 20, kToolSecondsMax = 60;
/// Alerts of one verdict: what somebody can have looked at.
inline constexpr std::size_t kToolAlertsMax = 100;
/// A query, a word to look for, a name.
inline constexpr std::size_t kToolQueryBytesMax = 4'096, kToolWordBytesMax = 128;
/// A comment, a task, the reason of a verdict.
inline constexpr std::size_t kToolTextBytesMax = 4'096;

/// How a tool speaks while it works: messages to the client, and questions. Any thread.
class McpTalk {
 public:
  virtual ~McpTalk() = default;
  virtual void notify(std::string_view method, boost::json::object params) = 0;
  /// A message of the log, if the client wants those of this level: "info", "warning" …
  virtual void log(std::string_view level, std::string_view words) = 0;
  /// Waits for the client's answer; kLimit after kAskSeconds, kIo if the client has gone, kInvalid if it says no.
  virtual Result<boost::json::object> ask(std::string_view method, boost::json::object params) = 0;
  /// Ends the connection; the client comes for the rest when it likes.
  virtual void suspend() = 0;
};

struct McpCall {
  const boost::json::object& arguments;
  const boost::json::object& meta;  // `_meta` of the request
  Call& call;
  Context& context;
  McpTalk* talk = nullptr;  // where the client reads a stream, and the tool talks
};

struct McpTool {
  std::string name, title, description;
  boost::json::object input;  // JSON Schema 2020-12
  Need need;
  bool acts = false;
  bool talks = false;
  /// A result of tools/call. What the model did wrong is a result, too (tool_error); kIo: the service is in trouble.
  std::function<Result<boost::json::object>(const McpCall&)> run;
};

const std::vector<McpTool>& product_tools();

}  // namespace tocsin::api
