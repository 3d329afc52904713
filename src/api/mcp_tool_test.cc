#include "api/mcp_tool.h"

#include <gtest/gtest.h>

#include <set>

#include "api/mcp_rpc.h"
#include "api/route.h"

namespace tocsin::api {
namespace {

namespace json = boost::json;

TEST(Tools, EachHasWordsASchemaAndTheNeedOfItsRoute) {
  std::set<std::string> names;
  for (const McpTool& tool : product_tools()) {
    EXPECT_TRUE(names.insert(tool.name).second) << tool.name;
    EXPECT_FALSE(tool.title.empty() || tool.description.empty()) << tool.name;
    EXPECT_EQ(text_member(tool.input, "type"), "object") << tool.name;
    EXPECT_EQ(tool.input.at("additionalProperties"), false) << tool.name;
    for (const auto& property : tool.input.at("properties").as_object()) EXPECT_FALSE(text_member(property.value().as_object(), "description").value_or("").empty()) << tool.name;
    EXPECT_TRUE(is_scope(tool.need.scope)) << tool.name << ": a token without a scope may not";
    EXPECT_EQ(tool.acts, tool.need.scope == "incidents:write") << tool.name;
  }
  EXPECT_EQ(names.size(), 13u);
}

}  // namespace
}  // namespace tocsin::api
