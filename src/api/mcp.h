// The Model Context Protocol (revisions 2025-06-18 and 2025-11-25, Streamable HTTP): POST /mcp, for programs with a token that let a model ask. It has no sessions: each request stands for
// itself, and nothing is kept but the level of the log that a token wants, and the last streams of answers, so that a client that lost its connection comes for the rest (GET /mcp). What a
// model may use are tools (mcp_tool.h), as far as the token's scopes reach; resources and a prompt are made of the same. Every call of a tool has its line in the audit log. Safe from any thread; what is wrong with a request is a reply.
//
//   McpServer mcp({.mode = McpMode::kRead});
//   HttpReply reply = TRY(mcp.answer(call, context));
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "api/mcp_rpc.h"
#include "api/mcp_stream.h"
#include "api/mcp_tool.h"

namespace tocsin::api {

/// The newest first; which one holds is asked for in `initialize`, and said in MCP-Protocol-Version from then on.
inline constexpr std::array<std::string_view, 2> kMcpVersions = {"2025-11-25", "2025-06-18"};
/// The revision that a request is of which does not say one; it is not spoken, but what clients send under its name is what they send under the others.
inline constexpr std::string_view kMcpVersionUnsaid = "2025-03-26";
inline constexpr std::string_view kMcpPath = "/mcp";
/// Tokens of which the wanted level of the log is remembered: all that there can be.
inline constexpr std::size_t kMcpLevelsMax = kApiTokensMax;

enum class McpMode : std::uint8_t { kOff, kRead, kAct };

/// What a test adds to the product's tools and methods.
class McpExtension {
 public:
  virtual ~McpExtension() = default;
  virtual const std::vector<McpTool>& tools() = 0;
  /// Members of the capabilities.
  virtual boost::json::object capabilities() = 0;
  /// Before the product is asked; nothing: not one of its methods.
  virtual std::optional<boost::json::object> answer(std::string_view method, const boost::json::object& params) = 0;
};

struct McpSettings {
  McpMode mode = McpMode::kOff;
  McpExtension* extension = nullptr;  // outlives the server
};

/// What a method gives: a result, or a problem without its id.
using McpAnswer = tl::expected<boost::json::object, RpcProblem>;

class McpServer {
 public:
  explicit McpServer(McpSettings settings) : settings_(settings) {}
  bool is_on() const { return settings_.mode != McpMode::kOff; }
  /// Takes the call: it goes on while the reply is sent.
  Result<HttpReply> answer(Call& call, Context& context);
  /// GET: a stream of an answer whose connection was lost.
  Result<HttpReply> take_up(Call& call);
  /// Questions that wait are given up.
  void stop() { asks_.stop(); }

 private:
  struct Asked;
  struct Method;
  static const Method kMethods[];
  static const Method* method_named(std::string_view name);
  HttpReply answer_request(Asked asked, Context& context);
  HttpReply answer_later(std::shared_ptr<Asked> asked, Context& context, const Method& method);
  McpAnswer run(Asked& asked, const Method& method);
  McpAnswer initialize(Asked& asked);
  McpAnswer ping(Asked& asked);
  McpAnswer set_level(Asked& asked);
  McpAnswer list_tools(Asked& asked);
  McpAnswer call_tool(Asked& asked);
  McpAnswer list_resources(Asked& asked);
  McpAnswer list_templates(Asked& asked);
  McpAnswer read_resource(Asked& asked);
  McpAnswer list_prompts(Asked& asked);
  McpAnswer get_prompt(Asked& asked);
  McpAnswer run_tool(Asked& asked, const McpTool& tool, const boost::json::object& arguments, std::string_view action);
  template <class Function>
  void for_tools(const Who& who, Function function) const;
  const McpTool* tool_named(const Who& who, std::string_view name) const;
  std::size_t level_of(const std::string& token);

  const McpSettings settings_;
  McpAsks asks_;
  McpStreams streams_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> levels_;  // guarded by mutex_; by token
};

}  // namespace tocsin::api
