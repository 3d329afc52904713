// Reads the part `ocsf` of mapping files (docs/mappings.md) into OcsfTables. Used by MappingLoader, on one thread, once per start; mistakes
// go to its `complain` with the node that they are in, and what is wrong is left out. Every path is looked up in the schema while it is read:
// a rule that is loaded names attributes that there are, gives them what they can hold, and has a field for each that its class must have.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/yaml.h"
#include "normalize/ocsf_rules.h"

namespace tocsin {

class OcsfLoader {
 public:
  using Complain = std::function<void(const YamlNode&, const std::string&)>;

  explicit OcsfLoader(Complain complain) : complain_(std::move(complain)) {}

  /// A list of rules; `file` is for people.
  void add(const YamlNode& node, const std::string& file);
  /// With the rule for what no other takes.
  std::shared_ptr<const OcsfTables> finish();

 private:
  /// What goes to one path, before it is known which class that is in.
  struct Assignment {
    std::string path;
    YamlNode at;  // for messages
    OcsfNode leaf;
  };
  struct Context {
    OcsfRule rule;  // without nodes
    std::vector<std::string> profiles;
    std::vector<Assignment> assignments;
    bool has_activity = false;
  };

  void add_list(const YamlNode& node, const Context& around);
  void add_rule(const YamlNode& node, Context context);
  void read_part(const YamlNode& key, const YamlNode& value, Context& context);
  void read_source(const YamlNode& node, OcsfRule& rule);
  void read_when(const YamlNode& node, OcsfRule& rule);
  void read_captures(const YamlNode& node, OcsfRule& rule);
  void read_fields(const YamlNode& node, Context& context);
  void read_field(const std::string& path, const YamlNode& value, Context& context);
  void read_fixed(const YamlNode& node, Context& context);
  bool read_shorthand(const std::string& path, const YamlNode& node, Context& context);
  OcsfNode leaf_of(const YamlNode& node);
  OcsfTranslation translation_of(const YamlNode& node, const YamlNode* other);
  std::int64_t number_of(const YamlNode& node);
  std::vector<OcsfFieldId> fields_of(const YamlNode& node);
  OcsfFieldId field(const YamlNode& at, const std::string& name);
  std::vector<std::string> texts(const YamlNode& node, std::string_view what);

  void compile(const YamlNode& node, Context& context);
  void place(const Assignment& assignment, const Context& context, OcsfRule& rule);
  const OcsfAttribute* attribute_of(const Assignment& assignment, const OcsfShape& shape, std::string_view name, std::string_view brackets, const Context& context);
  bool settle_leaf(const Assignment& assignment, const OcsfAttribute& attribute, const Context& context, OcsfNode& leaf);
  bool settle_fixed(const Assignment& assignment, const OcsfAttribute& attribute, OcsfNode& leaf);
  void settle_activity(const YamlNode& node, Context& context);
  static void finish_node(OcsfRule& rule, OcsfNode& node);
  void settle_object(const YamlNode& node, const OcsfShape& shape, std::uint32_t at, const Context& context, OcsfRule& rule);

  Complain complain_;
  std::shared_ptr<OcsfTables> tables_ = std::make_shared<OcsfTables>();
  std::string file_;
};

}  // namespace tocsin
