// Cases as data: folders of YAML files in which each document is an event (`event`, a JSON text, or `lines`, what the
// text parser makes one event of, with `modified`, when the file was last written) and what must become of it. For tests
// only; one thread.
//
//   const std::size_t cases = for_each_case("tests/data/normalize/taxonomy", [&](const YamlNode& node) {
//     visit_event(node, paths, taxonomy.formats(), [&](Event& event) { … });
//   });
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/yaml.h"
#include "normalize/json.h"
#include "normalize/text.h"

namespace tocsin {

/// How many there were; each is named in the messages of what fails inside. `visit` gets the name of the file, without its end, too.
inline std::size_t for_each_named_case(const std::string& folder, const std::function<void(const std::string& name, const YamlNode&)>& visit) {
  std::vector<Error> errors;
  std::size_t cases = 0;
  for (const FoundFile& file : find_files(Env::system(), TOCSIN_SOURCE_DIR "/" + folder, errors)) {
    if (!file.path.ends_with(".yml")) continue;
    const auto text = Env::system().read_file(file.path, 1 << 20);
    const auto documents = parse_yaml(text ? *text : "");
    EXPECT_TRUE(documents) << file.path << ":" << documents.error().at.line << ": " << documents.error().message;
    if (!documents) continue;
    for (const YamlNode& document : *documents) {
      SCOPED_TRACE(file.path + ":" + std::to_string(document.at.line) + ": " + std::string(document.text("case")));
      const std::size_t name = file.path.rfind('/') + 1;
      visit(file.path.substr(name, file.path.size() - name - std::string_view(".yml").size()), document);
      ++cases;
    }
  }
  EXPECT_TRUE(errors.empty());
  return cases;
}

inline std::size_t for_each_case(const std::string& folder, const std::function<void(const YamlNode&)>& visit) {
  return for_each_named_case(folder, [&](const std::string&, const YamlNode& node) { visit(node); });
}

/// The one event of a case, which is there until `visit` returns.
inline void visit_event(const YamlNode& node, PathTable& paths, const TextFormats& formats, const std::function<void(Event&)>& visit) {
  if (node.find("event") != nullptr) {
    std::string json(node.text("event"));
    const std::size_t size = json.size();
    json.append(kJsonPadding, ' ');
    Event event;
    JsonParser parser(paths);
    const Status status = parser.parse(std::string_view(json).substr(0, size), event);
    ASSERT_TRUE(status) << status.error().message;
    return visit(event);
  }
  std::size_t events = 0;
  TextParser parser(paths, &formats);
  parser.begin_file(parse_time(node.text("modified")).value_or(kNoTime), {});
  parser.parse(node.text("lines"), [&](Event& event, std::size_t) {
    if (event.text.starts_with("#")) return;  // the header of a W3C log
    ++events;
    visit(event);
  });
  EXPECT_EQ(events, 1u);
}

}  // namespace tocsin
