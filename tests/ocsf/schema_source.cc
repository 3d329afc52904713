#include "schema_source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tocsin::ocsf {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::int64_t kExtensionStep = 100'000, kCategoryStep = 1'000;

std::string text_of(const json::object& object, const char* key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts_of(const json::object& object, const char* key) {
  std::vector<std::string> texts;
  const json::value* const value = object.if_contains(key);
  if (value == nullptr) return texts;
  if (value->is_string()) texts.emplace_back(value->as_string());
  if (value->is_array()) {
    for (const json::value& item : value->as_array()) texts.emplace_back(item.as_string());
  }
  return texts;
}

/// Member by member, what is in `from` stands above what is in `into`; objects are merged, null takes away.
void merge(json::object& into, const json::object& from) {
  for (const auto& [key, value] : from) {
    json::value* const known = into.if_contains(key);
    if (known != nullptr && known->is_object() && value.is_object()) {
      merge(known->as_object(), value.as_object());
    } else {
      into[key] = value;
    }
  }
}

}  // namespace

/// Reads all files first, then resolves each shape with those it extends.
class SchemaReader {
 public:
  explicit SchemaReader(std::string folder) : root_(std::move(folder) + "/") {}

  std::optional<SchemaSource> read(std::string& problem) {
    const json::object dictionary = file(root_ + "dictionary.json");
    source_.version_ = text_of(file(root_ + "version.json"), "version");
    read_categories();
    add_dictionary(dictionary);
    read_shapes(root_, "", 0);
    read_profiles(root_, "");
    for (const char* extension : {"linux", "macos", "windows"}) read_extension(root_ + "extensions/" + extension + "/");
    if (problem_.empty()) resolve();
    problem = problem_;
    if (!problem_.empty()) return std::nullopt;
    return std::move(source_);
  }

 private:
  using Raw = SchemaSource::Raw;

  json::object file(const std::string& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    boost::system::error_code error;
    json::value value = json::parse(text.str(), error);
    if (error || !value.is_object()) {
      problem_ = path + " is no JSON object";
      return {};
    }
    return std::move(value.as_object());
  }

  void read_categories() {
    source_.categories_["other"] = 0;
    const json::object categories = file(root_ + "categories.json");
    for (const auto& [name, category] : categories.at("attributes").as_object()) {
      source_.categories_[name] = category.as_object().at("uid").to_number<std::int64_t>();
    }
  }

  void add_dictionary(const json::object& dictionary) {
    merge(dictionary_, dictionary.at("attributes").as_object());
    const json::value* const types = dictionary.if_contains("types");
    if (types == nullptr) return;
    for (const auto& [name, type] : types->as_object().at("attributes").as_object()) add_type(name, type.as_object());
  }

  void add_type(const std::string& name, const json::object& type) {
    SourceType& into = source_.types_[name];
    into.base = text_of(type, "type");
    into.regex = text_of(type, "regex");
    if (const json::value* range = type.if_contains("range")) {
      into.least = range->as_array().at(0).to_number<std::int64_t>();
      into.most = range->as_array().at(1).to_number<std::int64_t>();
    }
    if (const json::value* size = type.if_contains("max_len")) into.size_max = size->to_number<std::size_t>();
    if (const json::value* observable = type.if_contains("observable")) into.observable = observable->to_number<int>();
  }

  void read_extension(const std::string& root) {
    const json::object extension = file(root + "extension.json");
    if (fs::exists(root + "dictionary.json")) add_dictionary(file(root + "dictionary.json"));
    read_shapes(root, text_of(extension, "name") + "/", extension.at("uid").to_number<std::int64_t>());
    read_profiles(root, text_of(extension, "name") + "/");
  }

  void read_shapes(const std::string& root, const std::string& extension_name, std::int64_t extension) {
    for (const char* kind : {"events", "objects"}) {
      if (!fs::exists(root + kind)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(root + kind)) {
        if (entry.path().extension() != ".json") continue;
        Raw raw{file(entry.path()), root, extension_name, extension};
        const std::string name = text_of(raw.json, "name");
        auto& shapes = std::string(kind) == "events" ? events_ : objects_;
        if (name.empty()) {
          patches_.push_back(std::move(raw));
        } else {
          shapes.emplace(name, std::move(raw));
        }
      }
    }
  }

  void read_profiles(const std::string& root, const std::string& prefix) {
    if (!fs::exists(root + "profiles")) return;
    for (const auto& entry : fs::recursive_directory_iterator(root + "profiles")) {
      source_.profiles_.insert(prefix + text_of(file(entry.path()), "name"));
    }
  }

  /// With what it includes; what comes from a profile says so.
  json::object attributes_of(const Raw& raw) {
    json::object out;
    const json::value* const attributes = raw.json.if_contains("attributes");
    if (attributes == nullptr) return out;
    for (const std::string& include : texts_of(attributes->as_object(), "$include")) {
      const bool own = fs::exists(raw.root + include);
      const json::object included = file((own ? raw.root : root_) + include);
      const std::string profile = (own ? raw.extension_name : "") + text_of(included, "name");
      for (const auto& [name, attribute] : attributes_of({included, raw.root, raw.extension_name, raw.extension})) {
        json::object with = attribute.as_object();
        if (!with.contains("profile") && text_of(included, "meta") == "profile") with["profile"] = profile;
        out[name] = with;
      }
    }
    json::object own = attributes->as_object();
    own.erase("$include");
    merge(out, own);
    return out;
  }

  struct Resolved {
    json::object attributes, constraints;
    std::string category;
    std::set<std::string> profiles;
  };

  Resolved resolved(const std::string& name, const std::map<std::string, Raw>& shapes) {
    Resolved out;
    const auto at = shapes.find(name);
    if (at == shapes.end()) {
      problem_ = "nothing is called " + name;
      return out;
    }
    const json::object& shape = at->second.json;
    if (const std::string parent = text_of(shape, "extends"); !parent.empty()) out = resolved(parent, shapes);
    merge(out.attributes, attributes_of(at->second));
    if (&shapes == &objects_) {
      for (const Raw& patch : patches_) {
        if (text_of(patch.json, "extends") == name) merge(out.attributes, attributes_of(patch));
      }
    }
    if (const json::value* constraints = shape.if_contains("constraints")) out.constraints = constraints->as_object();
    if (const std::string category = text_of(shape, "category"); !category.empty()) out.category = category;
    for (const std::string& profile : texts_of(shape, "profiles")) out.profiles.insert(profile);
    return out;
  }

  void resolve() {
    for (const auto& [name, raw] : events_) {
      SourceShape& shape = source_.classes_[name];
      fill(shape, name, resolved(name, events_));
      const json::value* const uid = raw.json.if_contains("uid");
      shape.concrete = uid != nullptr || name == "base_event";
      shape.uid = raw.extension * kExtensionStep + source_.category_uid(shape.category) * kCategoryStep + (uid == nullptr ? 0 : uid->to_number<std::int64_t>());
    }
    for (const auto& [name, raw] : objects_) {
      fill(source_.objects_[name], name, resolved(name, objects_));
      if (const json::value* observable = raw.json.if_contains("observable")) source_.observables_.insert(observable->to_number<int>());
    }
    for (const auto& [name, type] : source_.types_) source_.observables_.insert(type.observable);
    source_.observables_.insert({0, 99});
    for (const int type : source_.observables_) source_.objects_["observable"].attributes["type_id"].captions.emplace(std::to_string(type), "");
  }

  void fill(SourceShape& shape, const std::string& name, const Resolved& resolved) {
    shape.name = name;
    shape.category = resolved.category;
    shape.profiles = resolved.profiles;
    shape.at_least_one = texts_of(resolved.constraints, "at_least_one");
    shape.just_one = texts_of(resolved.constraints, "just_one");
    for (const auto& [key, value] : resolved.attributes) add_attribute(shape, key, value.as_object());
  }

  void add_attribute(SourceShape& shape, const std::string& name, const json::object& own) {
    json::object all;
    if (const json::value* known = dictionary_.if_contains(name)) all = known->as_object();
    merge(all, own);
    SourceAttribute& attribute = shape.attributes[name];
    attribute.type = text_of(all, "type");
    attribute.requirement = text_of(all, "requirement");
    attribute.profile = text_of(all, "profile");
    attribute.sibling = text_of(all, "sibling");
    attribute.deprecated = all.contains("@deprecated");
    const json::value* const is_array = all.if_contains("is_array");
    attribute.is_array = is_array != nullptr && is_array->is_bool() && is_array->as_bool();
    const bool told_by_class = name == "class_uid" || name == "category_uid";  // the base event lists its own alone
    if (const json::value* values = all.if_contains("enum"); values != nullptr && !told_by_class) {
      for (const auto& [number, meaning] : values->as_object()) attribute.captions[number] = text_of(meaning.as_object(), "caption");
    }
    const auto type = source_.types_.find(attribute.type);
    if (type != source_.types_.end()) attribute.observable = type->second.observable;
    if (const json::value* observable = all.if_contains("observable")) attribute.observable = observable->to_number<int>();
    source_.observables_.insert(attribute.observable);
  }

  const std::string root_;
  SchemaSource source_;
  json::object dictionary_;
  std::map<std::string, Raw> events_, objects_;
  std::vector<Raw> patches_;
  std::string problem_;
};

std::optional<SchemaSource> SchemaSource::read(const std::string& folder, std::string& problem) {
  if (!fs::exists(folder + "/dictionary.json")) {
    problem = folder + " has no dictionary.json";
    return std::nullopt;
  }
  return SchemaReader(folder).read(problem);
}

const SourceShape* SchemaSource::find_class(std::int64_t uid) const {
  for (const auto& [name, shape] : classes_) {
    if (shape.concrete && shape.uid == uid) return &shape;
  }
  return nullptr;
}

const SourceShape* SchemaSource::find_object(const std::string& name) const {
  const auto at = objects_.find(name);
  return at == objects_.end() ? nullptr : &at->second;
}

const SourceType* SchemaSource::find_type(const std::string& name) const {
  const auto at = types_.find(name);
  return at == types_.end() ? nullptr : &at->second;
}

std::int64_t SchemaSource::category_uid(const std::string& category) const {
  const auto at = categories_.find(category);
  return at == categories_.end() ? 0 : at->second;
}

}  // namespace tocsin::ocsf
