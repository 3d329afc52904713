// Events through the projection to OCSF, and what is wrong with what comes out: by the schema's source, and whether each value has its place. For
// tests only; one thread.
//
//   Projection projection(shipped(), paths, log_sources);
//   EXPECT_EQ(projection.check(event), "");
//   check_wanted(node, projection.line(), projection.projector().taken());
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/yaml.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "schema_testing.h"
#include "validator.h"

namespace tocsin::ocsf {

/// One event after another through one projector, checked.
class Projection {
 public:
  Projection(const Taxonomy& taxonomy, const PathTable& paths, const LogSourceTable& log_sources) : projector_(taxonomy, log_sources, paths) {
    if (schema_source() != nullptr) validator_ = std::make_unique<Validator>(*schema_source());
  }

  /// What is wrong with it, "" if nothing.
  std::string check(const Event& event) {
    line_.clear();
    projector_.append(event, line_);
    std::string wrong = lost(event);
    if (validator_ == nullptr) return wrong;
    for (const Mistake& mistake : validator_->check(line_)) wrong += mistake.path + ": " + mistake.what + "\n";
    return wrong.empty() ? wrong : wrong + line_;
  }

  const std::string& line() const { return line_; }
  const OcsfProjector& projector() const { return projector_; }

 private:
  /// Each value of the event is mapped, or stands under `unmapped`.
  std::string lost(const Event& event) {
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = 128;
    const boost::json::value whole = boost::json::parse(line_, error, {}, options);
    if (error) return "no JSON\n";
    std::size_t left = 0;
    if (const boost::json::value* unmapped = whole.as_object().if_contains("unmapped")) {
      for (const auto& [key, value] : unmapped->as_object()) left += value.is_array() ? value.as_array().size() : 1;
    }
    const auto own = static_cast<std::size_t>(std::ranges::count(event.values, false, &Value::derived));
    return left + projector_.mapped() == own ? "" : fmt::format("{} values, but {} mapped and {} unmapped\n", own, projector_.mapped(), left);
  }

  OcsfProjector projector_;
  std::unique_ptr<Validator> validator_;
  std::string line_;
};

inline const Taxonomy& shipped() {
  static const std::unique_ptr<const Taxonomy> taxonomy = [] {
    auto loaded = Taxonomy::load(Taxonomy::shipped(true));
    EXPECT_TRUE(loaded) << loaded.error().message;
    return std::move(*loaded);
  }();
  return *taxonomy;
}

/// The text of a value at a path with dots; lists are entered at their first element.
inline std::string text_at(const boost::json::value& value, std::string_view path) {
  if (value.is_array()) return value.as_array().empty() ? "" : text_at(value.as_array().front(), path);
  if (path.empty()) return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
  if (!value.is_object()) return "";
  const std::size_t dot = std::min(path.find('.'), path.size());
  const boost::json::value* const inside = value.as_object().if_contains(path.substr(0, dot));
  return inside == nullptr ? "" : text_at(*inside, path.substr(std::min(dot + 1, path.size())));
}

inline void check_wanted(const YamlNode& node, const std::string& line, const OcsfRule& taken) {
  EXPECT_EQ(taken.shape->name, node.text("class")) << line;
  const boost::json::value event = boost::json::parse(line);
  if (node.find("has") == nullptr) return;
  for (const auto& [path, wanted] : node.find("has")->entries) EXPECT_EQ(text_at(event, path.scalar), wanted.scalar) << path.scalar << " in\n" << line;
}

}  // namespace tocsin::ocsf
