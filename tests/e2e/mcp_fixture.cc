// The service with what the conformance suite of the Model Context Protocol wants a server to have for it: tools, resources and prompts named test_*, on the product's own server, transport
// and registry (McpExtension). Prints "URL TOKEN" and serves until its standard input ends. mcp.sh runs the suite against it.
#include <fmt/format.h>

#include <cstdio>
#include <thread>

#include "api/mcp.h"
#include "api/mcp_result.h"
#include "api_testing.h"

namespace tocsin {
namespace {

namespace json = boost::json;
using api::McpCall;
using Said = Result<json::object>;

/// A red point.
constexpr const char* kPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// No samples at all.
constexpr const char* kWav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

json::object text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }
json::object image_block() { return {{"type", "image"}, {"data", kPng}, {"mimeType", "image/png"}}; }
json::object resource_block(const std::string& uri, const std::string& media, const std::string& text) {
  json::object resource = {{"uri", uri}, {"mimeType", media}, {"text", text}};
  json::object block = {{"type", "resource"}};
  block["resource"] = std::move(resource);
  return block;
}
json::object with_content(json::array content) {
  json::object result;
  result["content"] = std::move(content);
  return result;
}
json::object with_text(const std::string& text) { return with_content({text_block(text)}); }
json::object user_message(json::object content) {
  json::object message = {{"role", "user"}};
  message["content"] = std::move(content);
  return message;
}

void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

std::string text_argument(const json::object& arguments, std::string_view name) { return std::string(api::text_member(arguments, name).value_or("")); }

Said log_thrice(const McpCall& call) {
  if (call.talk == nullptr) return api::tool_error("this tool needs a stream");
  call.talk->log("info", "Tool execution started");
  wait_a_little();
  call.talk->log("info", "Tool processing data");
  wait_a_little();
  call.talk->log("info", "Tool execution completed");
  return with_text("Three messages were sent.");
}

Said progress_thrice(const McpCall& call) {
  const json::value* const token = call.meta.if_contains("progressToken");
  for (const int done : {0, 50, 100}) {
    if (done > 0) wait_a_little();
    if (token != nullptr && call.talk != nullptr) call.talk->notify("notifications/progress", {{"progressToken", *token}, {"progress", done}, {"total", 100}});
  }
  return with_text(token == nullptr ? "no token" : json::serialize(*token));
}

/// The client loses its connection while the tool works.
Said cut_off(const McpCall& call) {
  if (call.talk != nullptr) call.talk->suspend();
  wait_a_little();
  return with_text("Reconnection test completed successfully.");
}

Said asked(const McpCall& call, const char* method, json::object params, const std::function<std::string(const json::object&)>& words) {
  if (call.talk == nullptr) return api::tool_error("this tool needs a stream");
  const Said answer = call.talk->ask(method, std::move(params));
  if (!answer) return api::tool_error(answer.error().message);
  return with_text(words(*answer));
}

Said sample(const McpCall& call) {
  json::object params = {{"maxTokens", 100}};
  params["messages"] = json::array{user_message(text_block(text_argument(call.arguments, "prompt")))};
  return asked(call, "sampling/createMessage", std::move(params), [](const json::object& answer) {
    const json::object* const content = api::object_member(answer, "content");
    return "LLM response: " + (content == nullptr ? std::string() : text_argument(*content, "text"));
  });
}

std::string elicited(const char* front, const json::object& answer) {
  const json::object* const content = api::object_member(answer, "content");
  return fmt::format("{}: action={}, content={}", front, text_argument(answer, "action"), content == nullptr ? "{}" : json::serialize(*content));
}

Said elicit(const McpCall& call, const std::string& message, const char* schema, const char* front) {
  json::object params = {{"message", message}};
  params["requestedSchema"] = json::parse(schema);
  return asked(call, "elicitation/create", std::move(params), [front](const json::object& answer) { return elicited(front, answer); });
}

constexpr const char* kPersonSchema =
    R"({"type":"object","properties":{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}},"required":["username","email"]})";
constexpr const char* kDefaultsSchema =
    R"({"type":"object","properties":{"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},"score":{"type":"number","default":95.5},)"
    R"("status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},"verified":{"type":"boolean","default":true}},"required":[]})";
constexpr const char* kEnumsSchema =
    R"({"type":"object","properties":{"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},)"
    R"("titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},)"
    R"("legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},)"
    R"("untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},)"
    R"("titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}},"required":[]})";
constexpr const char* kEmptySchema = R"({"type":"object","properties":{}})";
constexpr const char* kDraftSchema =
    R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},)"
    R"("properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"}},"additionalProperties":false})";

using Run = std::function<Said(const McpCall&)>;

class Fixture : public api::McpExtension {
 public:
  Fixture() {
    add("test_simple_text", kEmptySchema, [](const McpCall&) -> Said { return with_text("This is a simple text response for testing."); });
    add("test_image_content", kEmptySchema, [](const McpCall&) -> Said { return with_content({image_block()}); });
    add("test_audio_content", kEmptySchema, [](const McpCall&) -> Said { return with_content({json::object{{"type", "audio"}, {"data", kWav}, {"mimeType", "audio/wav"}}}); });
    add("test_embedded_resource", kEmptySchema, [](const McpCall&) -> Said { return with_content({resource_block("test://embedded-resource", "text/plain", "This is an embedded resource content.")}); });
    add("test_multiple_content_types", kEmptySchema, [](const McpCall&) -> Said {
      return with_content({text_block("Multiple content types test:"), image_block(), resource_block("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})")});
    });
    add("test_error_handling", kEmptySchema, [](const McpCall&) -> Said { return api::tool_error("This tool intentionally returns an error for testing"); });
    add("test_tool_with_logging", kEmptySchema, log_thrice);
    add("test_tool_with_progress", kEmptySchema, progress_thrice);
    add("test_reconnection", kEmptySchema, cut_off);
    add("test_sampling", R"({"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]})", sample);
    add("test_elicitation", R"({"type":"object","properties":{"message":{"type":"string"}},"required":["message"]})",
        [](const McpCall& call) { return elicit(call, text_argument(call.arguments, "message"), kPersonSchema, "User response"); });
    add("test_elicitation_sep1034_defaults", kEmptySchema, [](const McpCall& call) { return elicit(call, "Please review", kDefaultsSchema, "Elicitation completed"); });
    add("test_elicitation_sep1330_enums", kEmptySchema, [](const McpCall& call) { return elicit(call, "Please choose", kEnumsSchema, "Elicitation completed"); });
    add("json_schema_2020_12_tool", kDraftSchema, [](const McpCall&) -> Said { return with_text("nothing"); });
  }
  const std::vector<api::McpTool>& tools() override { return tools_; }
  json::object capabilities() override { return {{"completions", json::object()}, {"resources", {{"subscribe", true}}}}; }
  std::optional<json::object> answer(std::string_view method, const json::object& params) override {
    if (method == "completion/complete") return json::object{{"completion", {{"values", json::array()}, {"total", 0}, {"hasMore", false}}}};
    if (method == "resources/subscribe" || method == "resources/unsubscribe") return json::object();
    if (method == "resources/list") return resources();
    if (method == "resources/templates/list") {
      json::object result;
      result["resourceTemplates"] = json::array{json::object{{"uriTemplate", "test://template/{id}/data"}, {"name", "template"}, {"description", "made of its id"}, {"mimeType", "application/json"}}};
      return result;
    }
    if (method == "resources/read") return resource(text_argument(params, "uri"));
    if (method == "prompts/list") return prompts();
    if (method == "prompts/get") return prompt(text_argument(params, "name"), api::object_member(params, "arguments"));
    return std::nullopt;
  }

 private:
  void add(const char* name, const char* schema, Run run) {
    api::McpTool tool;
    tool.name = tool.title = name;
    tool.description = "for the conformance suite";
    tool.input = json::parse(schema).as_object();
    tool.need = {api::Role::kTokensOnly, api::kAnyScope};
    tool.talks = true;
    tool.run = std::move(run);
    tools_.push_back(std::move(tool));
  }
  static json::object resources() {
    json::object result;
    result["resources"] = json::array{json::object{{"uri", "test://static-text"}, {"name", "text"}, {"description", "a text"}, {"mimeType", "text/plain"}},
                                      json::object{{"uri", "test://static-binary"}, {"name", "binary"}, {"description", "a picture"}, {"mimeType", "image/png"}}};
    return result;
  }
  static std::optional<json::object> resource(const std::string& uri) {
    json::object content = {{"uri", uri}};
    const std::string front = "test://template/", back = "/data";
    if (uri == "test://static-text") {
      content["mimeType"] = "text/plain";
      content["text"] = "This is the content of the static text resource.";
    } else if (uri == "test://static-binary") {
      content["mimeType"] = "image/png";
      content["blob"] = kPng;
    } else if (uri.starts_with(front) && uri.ends_with(back)) {
      const std::string id = uri.substr(front.size(), uri.size() - front.size() - back.size());
      content["mimeType"] = "application/json";
      content["text"] = json::serialize(json::object{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}});
    } else {
      return std::nullopt;
    }
    json::object result;
    result["contents"] = json::array{std::move(content)};
    return result;
  }
  static json::object prompts() {
    const auto one = [](const char* name, std::initializer_list<const char*> arguments) {
      json::array all;
      for (const char* const argument : arguments) all.push_back(json::object{{"name", argument}, {"description", "an argument"}, {"required", true}});
      json::object shown = {{"name", name}, {"description", "for the conformance suite"}};
      shown["arguments"] = std::move(all);
      return shown;
    };
    json::object result;
    result["prompts"] = json::array{one("test_simple_prompt", {}), one("test_prompt_with_arguments", {"arg1", "arg2"}), one("test_prompt_with_embedded_resource", {"resourceUri"}), one("test_prompt_with_image", {})};
    return result;
  }
  static std::optional<json::object> prompt(const std::string& name, const json::object* arguments) {
    const auto argument = [&](const char* of) { return arguments == nullptr ? std::string() : text_argument(*arguments, of); };
    json::array messages;
    if (name == "test_simple_prompt") {
      messages.push_back(user_message(text_block("This is a simple prompt for testing.")));
    } else if (name == "test_prompt_with_arguments") {
      messages.push_back(user_message(text_block(fmt::format("Prompt with arguments: arg1='{}', arg2='{}'", argument("arg1"), argument("arg2")))));
    } else if (name == "test_prompt_with_embedded_resource") {
      messages.push_back(user_message(resource_block(argument("resourceUri"), "text/plain", "Embedded resource content for testing.")));
      messages.push_back(user_message(text_block("Please process the embedded resource above.")));
    } else if (name == "test_prompt_with_image") {
      messages.push_back(user_message(image_block()));
      messages.push_back(user_message(text_block("Please analyze the image above.")));
    } else {
      return std::nullopt;
    }
    json::object result;
    result["messages"] = std::move(messages);
    return result;
  }

  std::vector<api::McpTool> tools_;
};

int serve() {
  Fixture fixture;
  ApiRig rig;
  rig.serve_models(api::McpMode::kAct, &fixture);
  rig.start();
  if (testing::Test::HasFatalFailure()) return 1;
  const std::string token = api::random_secret("tca_").value();
  const TimeUs now = rig.actor().time, hour = 3'600'000'000;
  if (!rig.accounts().add_token({.name = "suite", .digest = api::secret_digest(token), .scopes = "status:read", .made = now, .expires = now + hour}, rig.actor())) return 1;
  fmt::print("http://{} {}\n", rig.server().address(), token);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  return tocsin::serve();
}
