#include "validator.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::ocsf {

namespace json = boost::json;

namespace {

constexpr std::int64_t kActivities = 100;
/// Texts of one type that are remembered as good.
constexpr std::size_t kFittingMax = 100'000;

std::string inside(const std::string& path, std::string_view name) { return path.empty() ? std::string(name) : path + "." + std::string(name); }

std::string shown(const json::value& value) {
  std::string text = json::serialize(value);
  return text.size() > 80 ? text.substr(0, 77) + "…" : text;
}

bool is_integer(const json::value& value) { return value.is_int64() || value.is_uint64(); }

void values_in(const json::object& object, std::string_view path, std::vector<const json::value*>& found);

/// The values at a path, through lists.
void values_at(const json::value& value, std::string_view path, std::vector<const json::value*>& found) {
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) {
      if (path.empty()) {
        found.push_back(&item);
      } else {
        values_at(item, path, found);
      }
    }
  } else if (path.empty()) {
    found.push_back(&value);
  } else if (value.is_object()) {
    values_in(value.as_object(), path, found);
  }
}

/// A dot may belong to the name of a member, of `unmapped`.
void values_in(const json::object& object, std::string_view path, std::vector<const json::value*>& found) {
  for (const auto& [key, member] : object) {
    if (path == key) {
      values_at(member, {}, found);
    } else if (path.size() > key.size() && path.starts_with(std::string_view(key)) && path[key.size()] == '.') {
      values_at(member, path.substr(key.size() + 1), found);
    }
  }
}

std::string text_of(const json::value& value) { return value.is_string() ? std::string(value.as_string()) : json::serialize(value); }

}  // namespace

Validator::Validator(const SchemaSource& source) : source_(source) {
  for (const auto& [name, shape] : source.classes()) {
    if (shape.concrete) classes_[shape.uid] = &shape;
  }
}

Validator::~Validator() = default;

std::vector<Mistake> Validator::check(std::string_view text) {
  mistakes_.clear();
  profiles_.clear();
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 64;
  const json::value event = json::parse(text, error, {}, options);
  if (error || !event.is_object()) {
    complain("", "no JSON object");
  } else {
    check_class(event.as_object());
  }
  return std::move(mistakes_);
}

void Validator::check_class(const json::object& event) {
  const json::value* const uid = event.if_contains("class_uid");
  if (uid == nullptr || !is_integer(*uid)) return complain("class_uid", "must be an integer");
  const std::int64_t number = uid->to_number<std::int64_t>();
  const auto shape = classes_.find(number);
  if (shape == classes_.end()) return complain("class_uid", fmt::format("there is no class {}", number));
  if (const json::value* metadata = event.if_contains("metadata"); metadata != nullptr && metadata->is_object()) {
    const json::value* const profiles = metadata->as_object().if_contains("profiles");
    if (profiles != nullptr && profiles->is_array()) {
      for (const json::value& profile : profiles->as_array()) profiles_.insert(text_of(profile));
    }
    const json::value* const version = metadata->as_object().if_contains("version");
    if (version != nullptr && text_of(*version) != source_.version()) complain("metadata.version", fmt::format("is not {}", source_.version()));
  }
  for (const std::string& profile : profiles_) {
    if (!shape->second->profiles.contains(profile)) complain("metadata.profiles", fmt::format("{} has no profile '{}'", shape->second->name, profile));
  }
  const auto is = [&](const char* name, std::int64_t wanted) {
    const json::value* const value = event.if_contains(name);
    if (value != nullptr && is_integer(*value) && value->to_number<std::int64_t>() != wanted) complain(name, fmt::format("must be {}", wanted));
  };
  is("category_uid", source_.category_uid(shape->second->category));
  const json::value* const activity = event.if_contains("activity_id");
  if (activity != nullptr && is_integer(*activity)) is("type_uid", number * kActivities + activity->to_number<std::int64_t>());
  check_object(*shape->second, event, "");
  check_observables(event);
}

bool Validator::is_active(const SourceAttribute& attribute) const { return attribute.profile.empty() || profiles_.contains(attribute.profile); }

void Validator::check_object(const SourceShape& shape, const json::object& object, const std::string& path) {
  for (const auto& [key, value] : object) {
    const std::string name(key), whole = inside(path, name);
    const auto attribute = shape.attributes.find(name);
    if (attribute == shape.attributes.end()) {
      complain(whole, fmt::format("{} has no such attribute", shape.name));
    } else if (!is_active(attribute->second)) {
      complain(whole, fmt::format("belongs to the profile '{}', which metadata.profiles does not name", attribute->second.profile));
    } else {
      if (attribute->second.deprecated) deprecated_.insert(whole);
      check_attribute(attribute->second, value, whole);
      check_sibling(shape, name, object, path);
    }
  }
  for (const auto& [name, attribute] : shape.attributes) {
    if (attribute.requirement == "required" && is_active(attribute) && !object.contains(name)) complain(inside(path, name), "is required, and not there");
  }
  check_constraints(shape, object, path);
}

void Validator::check_constraints(const SourceShape& shape, const json::object& object, const std::string& path) {
  const auto count = [&](const std::vector<std::string>& names) {
    return std::ranges::count_if(names, [&](const std::string& name) {
      std::vector<const json::value*> found;
      values_in(object, name, found);
      return !found.empty() || object.contains(name);
    });
  };
  if (!shape.at_least_one.empty() && count(shape.at_least_one) == 0) complain(path, fmt::format("{} must have one of {}", shape.name, fmt::join(shape.at_least_one, ", ")));
  if (!shape.just_one.empty() && count(shape.just_one) != 1) complain(path, fmt::format("{} must have exactly one of {}", shape.name, fmt::join(shape.just_one, ", ")));
}

void Validator::check_attribute(const SourceAttribute& attribute, const json::value& value, const std::string& path) {
  if (attribute.is_array != value.is_array() && attribute.type != "json_t") return complain(path, attribute.is_array ? "must be a list" : "is no list");
  if (!attribute.is_array) return check_value(attribute, value, path);
  for (std::size_t i = 0; i < value.as_array().size(); ++i) check_value(attribute, value.as_array()[i], fmt::format("{}[{}]", path, i));
}

void Validator::check_value(const SourceAttribute& attribute, const json::value& value, const std::string& path) {
  if (attribute.type == "json_t") return;
  const SourceShape* const object = source_.find_object(attribute.type);
  if (object == nullptr) {
    check_simple(attribute.type, value, path);
    return check_number(attribute, value, path);
  }
  if (!value.is_object()) return complain(path, fmt::format("must be an object ({})", attribute.type));
  if (attribute.type != "object") check_object(*object, value.as_object(), path);
}

void Validator::check_simple(const std::string& type, const json::value& value, const std::string& path) {
  const SourceType* const rules = source_.find_type(type);
  if (rules == nullptr) return complain(path, fmt::format("is of the type '{}', of which nothing is known", type));
  const std::string& base = rules->base.empty() ? type : rules->base;
  const bool fits = base == "string_t"                        ? value.is_string()
                    : base == "boolean_t"                     ? value.is_bool()
                    : base == "float_t"                       ? value.is_number()
                    : base == "integer_t" || base == "long_t" ? is_integer(value)
                                                              : false;
  if (!fits) return complain(path, fmt::format("{} is no {}", shown(value), type));
  if (rules->least != rules->most) {
    const std::int64_t number = value.to_number<std::int64_t>();
    if (number < rules->least || number > rules->most) complain(path, fmt::format("{} is not from {} to {}", number, rules->least, rules->most));
  }
  if (!value.is_string()) return;
  const std::string text(value.as_string());
  if (rules->size_max > 0 && text.size() > rules->size_max) complain(path, fmt::format("is longer than {}", rules->size_max));
  if (rules->regex.empty()) return;
  std::unordered_set<std::string>& known = fitting_[type];
  if (known.contains(text)) return;
  std::unique_ptr<re2::RE2>& pattern = patterns_[type];
  if (pattern == nullptr) pattern = std::make_unique<re2::RE2>(rules->regex);
  if (!pattern->ok()) return complain(path, fmt::format("the pattern of {} does not compile", type));
  if (!re2::RE2::PartialMatch(text, *pattern)) return complain(path, fmt::format("{} is no {}", shown(value), type));
  if (known.size() < kFittingMax) known.insert(text);
}

/// One of the enumeration.
void Validator::check_number(const SourceAttribute& attribute, const json::value& value, const std::string& path) {
  if (attribute.captions.empty() || !attribute.captions.contains(text_of(value))) {
    if (!attribute.captions.empty()) complain(path, fmt::format("{} is none of its values", shown(value)));
  }
}

void Validator::check_sibling(const SourceShape& shape, const std::string& name, const json::object& object, const std::string& path) {
  const SourceAttribute& attribute = shape.attributes.at(name);
  if (attribute.sibling.empty() || !shape.attributes.contains(attribute.sibling) || !is_integer(object.at(name)) || attribute.captions.empty()) return;
  const json::value* const sibling = object.if_contains(attribute.sibling);
  const std::string number = text_of(object.at(name));
  if (number == "99" && sibling == nullptr) complain(inside(path, attribute.sibling), fmt::format("must say what {} 99 is", name));
  const auto caption = attribute.captions.find(number);
  if (number == "99" || sibling == nullptr || caption == attribute.captions.end() || caption->second.empty()) return;
  if (text_of(*sibling) != caption->second) complain(inside(path, attribute.sibling), fmt::format("must be '{}', the caption of {} {}", caption->second, name, number));
}

void Validator::check_observables(const json::object& event) {
  const json::value* const observables = event.if_contains("observables");
  if (observables == nullptr || !observables->is_array()) return;
  for (std::size_t i = 0; i < observables->as_array().size(); ++i) {
    const json::value& observable = observables->as_array()[i];
    const std::string path = fmt::format("observables[{}]", i);
    if (!observable.is_object() || !observable.as_object().contains("type_id")) continue;  // said already
    const json::object& object = observable.as_object();
    const json::value* const name = object.if_contains("name");
    const json::value* const value = object.if_contains("value");
    if (name == nullptr || value == nullptr) continue;
    std::vector<const json::value*> found;
    values_in(event, text_of(*name), found);
    const auto has_it = [&](const json::value* at) { return text_of(*at) == text_of(*value); };
    if (std::ranges::none_of(found, has_it)) complain(path + ".name", fmt::format("no '{}' has the value {}", text_of(*name), shown(*value)));
  }
}

}  // namespace tocsin::ocsf
