#include "extract.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::ocsf {

namespace {

/// What the projector writes of itself, and captions that nobody needs twice.
constexpr std::string_view kLeftOut[] = {"class_uid", "category_uid", "type_uid", "class_name", "category_name", "type_name"};
constexpr std::string_view kCategoriesLeftOut[] = {"unmanned_systems", "remediation"};

bool is_number(const std::string& text) { return !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos; }

/// Numbers by size, words by letter; nothing if a word has a space.
std::string choices_of(const SourceAttribute& attribute) {
  std::vector<std::string> choices;
  for (const auto& [choice, caption] : attribute.captions) {
    if (choice.find(' ') != std::string::npos) return {};
    choices.push_back(choice);
  }
  if (std::ranges::all_of(choices, is_number)) std::ranges::sort(choices, {}, [](const std::string& text) { return std::stoll(text); });
  return choices.empty() ? "" : fmt::format(" ={}", fmt::join(choices, ","));
}

std::string line_of(const std::string& name, const SourceAttribute& attribute) {
  std::string line = fmt::format(" {}{}{} {}", name, attribute.requirement == "required" ? "!" : "", attribute.is_array ? "[]" : "", attribute.type);
  if (!attribute.profile.empty()) line += " @" + attribute.profile;
  line += choices_of(attribute);
  if (!attribute.sibling.empty()) line += " ~" + attribute.sibling;
  if (attribute.observable != 0) line += fmt::format(" #{}", attribute.observable);
  return line + "\n";
}

std::string constraints_of(const SourceShape& shape) {
  std::string text;
  if (!shape.at_least_one.empty()) text += fmt::format(" ?{}", fmt::join(shape.at_least_one, ","));
  if (!shape.just_one.empty()) text += fmt::format(" !{}", fmt::join(shape.just_one, ","));
  return text + "\n";
}

void follow(const SchemaSource& source, const SourceShape& shape, std::set<std::string>& objects) {
  for (const auto& [name, attribute] : shape.attributes) {
    const SourceShape* const object = source.find_object(attribute.type);
    if (object != nullptr && objects.insert(attribute.type).second) follow(source, *object, objects);
  }
}

}  // namespace

std::string extract_of(const SchemaSource& source) {
  std::vector<const SourceShape*> classes;
  for (const auto& [name, shape] : source.classes()) {
    if (shape.concrete && std::ranges::find(kCategoriesLeftOut, shape.category) == std::end(kCategoriesLeftOut)) classes.push_back(&shape);
  }
  std::ranges::sort(classes, {}, [](const SourceShape* shape) { return std::pair(shape->uid, shape->name); });
  const SourceShape& base = *classes.front();
  std::string out = "version " + source.version() + "\n";
  std::set<std::string> objects;
  for (const SourceShape* shape : classes) {
    out += fmt::format("class {} {}{}", shape->name, shape->uid, constraints_of(*shape));
    for (const auto& [name, attribute] : shape->attributes) {
      if (std::ranges::find(kLeftOut, name) != std::end(kLeftOut)) continue;
      const auto known = base.attributes.find(name);
      const bool same = shape != &base && known != base.attributes.end() && line_of(name, known->second) == line_of(name, attribute);
      if (!same) out += line_of(name, attribute);
    }
    follow(source, *shape, objects);
  }
  for (const std::string& name : objects) {
    const SourceShape& object = *source.find_object(name);
    out += fmt::format("object {}{}", name, constraints_of(object));
    for (const auto& [attribute_name, attribute] : object.attributes) out += line_of(attribute_name, attribute);
  }
  return out;
}

}  // namespace tocsin::ocsf
