#include "windows_shapes.h"

#include <algorithm>
#include <cctype>

namespace tocsin {

namespace {

namespace json = boost::json;

bool is_guid(std::string_view text) {
  constexpr std::size_t kSize = 36;
  if (text.size() != kSize) return false;
  for (std::size_t i = 0; i < kSize; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

/// As Windows renders it: fingerprints of objects in braces and small letters.
std::string rendered(const json::value& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? std::string(value.as_string()) : json::serialize(value);
  if (!is_guid(text)) return text;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return "{" + text + "}";
}

std::string escaped(const std::string& text, bool in_attribute) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '\'' && in_attribute) {
      out += "&apos;";
    } else if (c == '\r') {
      out += "&#13;";
    } else if (c == '\n') {
      out += "&#10;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string element(const std::string& name, const json::value& value);

std::string attributes_of(const json::object& object) {
  std::string out;
  if (const json::value* attributes = object.if_contains("#attributes")) {
    for (const auto& [key, value] : attributes->as_object()) out += " " + std::string(key) + "='" + escaped(rendered(value), true) + "'";
  }
  return out;
}

std::string data_element(const std::string& name, const json::value& value) { return "<Data Name='" + escaped(name, true) + "'>" + escaped(rendered(value), false) + "</Data>"; }

/// <Data> without names are a text or a list of them.
std::string unnamed_data(const json::value& texts) {
  if (!texts.is_array()) return "<Data>" + escaped(rendered(texts), false) + "</Data>";
  std::string out;
  for (const json::value& text : texts.as_array()) out += "<Data>" + escaped(rendered(text), false) + "</Data>";
  return out;
}

std::string content_of(const std::string& name, const json::object& object) {
  std::string out;
  for (const auto& [key, value] : object) {
    if (key == "#attributes") continue;
    if (key == "#text") {
      out += escaped(rendered(value), false);
    } else if (name == "EventData" && key == "Data" && value.is_object() && value.as_object().contains("#text")) {
      out += unnamed_data(value.at("#text"));
    } else if (name == "EventData" && !value.is_object() && key != "Binary") {
      out += data_element(std::string(key), value);
    } else {
      out += element(std::string(key), value);
    }
  }
  return out;
}

std::string element(const std::string& name, const json::value& value) {
  if (!value.is_object()) {
    const std::string text = escaped(rendered(value), false);
    return text.empty() ? "<" + name + "/>" : "<" + name + ">" + text + "</" + name + ">";
  }
  const std::string attributes = attributes_of(value.as_object()), content = content_of(name, value.as_object());
  return content.empty() ? "<" + name + attributes + "/>" : "<" + name + attributes + ">" + content + "</" + name + ">";
}

std::string as_xml(const json::object& event) { return element("Event", event.at("Event")) + "\n"; }

/// Laid out over lines.
std::string as_wide_xml(const json::object& event) {
  std::string text = as_xml(event), out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '>' && at + 1 < text.size() && text[at + 1] == '<') out += "\r\n  ";
  }
  return out;
}

const json::object& system_of(const json::object& event) { return event.at("Event").at("System").as_object(); }
const json::value* attribute_of(const json::object& system, const char* name, const char* attribute) {
  const json::value* const one = system.if_contains(name);
  if (one == nullptr || !one->is_object() || !one->as_object().contains("#attributes")) return nullptr;
  return one->at("#attributes").as_object().if_contains(attribute);
}
json::value text_of(const json::object& system, const char* name) {
  const json::value* const one = system.if_contains(name);
  if (one == nullptr) return nullptr;
  return one->is_object() ? one->as_object().if_contains("#text") != nullptr ? one->at("#text") : json::value(nullptr) : *one;
}

/// Name and text of everything in EventData, or in the one element of UserData. Texts without names are param1, param2 …, as Winlogbeat calls them.
json::object data_of(const json::object& event) {
  json::object out;
  const json::object& whole = event.at("Event").as_object();
  const json::object* data = nullptr;
  if (const json::value* one = whole.if_contains("EventData"); one != nullptr && one->is_object()) data = &one->as_object();
  if (const json::value* one = whole.if_contains("UserData"); one != nullptr && one->is_object()) {
    for (const auto& [key, value] : one->as_object()) {
      if (value.is_object()) data = &value.as_object();
    }
  }
  if (data == nullptr) return out;
  for (const auto& [key, value] : *data) {
    if (key == "#attributes" || value.is_null()) continue;
    if (!value.is_object()) {
      out[key] = rendered(value);
      continue;
    }
    const json::value* const texts = value.as_object().if_contains("#text");
    if (texts == nullptr) continue;
    std::size_t number = 0;
    const json::array list = texts->is_array() ? texts->as_array() : json::array{*texts};
    for (const json::value& text : list) out["param" + std::to_string(++number)] = rendered(text);
  }
  return out;
}

bool has_user_data(const json::object& event) { return event.at("Event").as_object().contains("UserData"); }

/// What stands in every shape, under the names of one.
struct SystemNames {
  const char *channel, *id, *provider, *computer, *record, *guid;
};
void add_system(json::object& into, const json::object& system, const SystemNames& names, bool id_is_text) {
  if (json::value channel = text_of(system, "Channel"); !channel.is_null()) into[names.channel] = std::move(channel);
  const json::value id = text_of(system, "EventID");
  into[names.id] = id_is_text ? json::value(rendered(id)) : id;
  if (const json::value* name = attribute_of(system, "Provider", "Name")) into[names.provider] = *name;
  if (const json::value* guid = attribute_of(system, "Provider", "Guid")) into[names.guid] = rendered(*guid);
  if (json::value computer = text_of(system, "Computer"); !computer.is_null()) into[names.computer] = std::move(computer);
  into[names.record] = text_of(system, "EventRecordID");
}
std::string time_of(const json::object& system) {
  const json::value* const time = attribute_of(system, "TimeCreated", "SystemTime");
  return time == nullptr ? "" : rendered(*time);
}

std::string as_winlogbeat_6(const json::object& event) {
  const json::object& system = system_of(event);
  json::object out{{"@timestamp", time_of(system)}, {"beat", {{"name", "ws-07"}, {"version", "6.8.23"}}}, {"type", "wineventlog"}};
  add_system(out, system, {"log_name", "event_id", "source_name", "computer_name", "record_number", "provider_guid"}, false);
  out[has_user_data(event) ? "user_data" : "event_data"] = data_of(event);
  return json::serialize(out) + "\n";
}

std::string winlogbeat(const json::object& event, const char* version, bool id_is_text) {
  const json::object& system = system_of(event);
  json::object winlog;
  add_system(winlog, system, {"channel", "event_id", "provider_name", "computer_name", "record_id", "provider_guid"}, id_is_text);
  winlog[has_user_data(event) ? "user_data" : "event_data"] = data_of(event);
  if (const json::value* user = attribute_of(system, "Security", "UserID")) winlog["user"] = {{"identifier", *user}};
  winlog["api"] = "wineventlog";
  const json::object out{{"@timestamp", time_of(system)},
                         {"agent", {{"type", "winlogbeat"}, {"version", version}}},
                         {"ecs", {{"version", "8.0.0"}}},
                         {"event", {{"kind", "event"}, {"code", rendered(text_of(system, "EventID"))}, {"provider", winlog.contains("provider_name") ? winlog.at("provider_name") : json::value("")}}},
                         {"winlog", winlog}};
  return json::serialize(out) + "\n";
}
std::string as_winlogbeat_7(const json::object& event) { return winlogbeat(event, "7.17.18", false); }
std::string as_winlogbeat_8(const json::object& event) { return winlogbeat(event, "8.12.2", true); }

/// Everything in one object; of what has no name the module knows only the message, which stands in for it.
std::string as_nxlog(const json::object& event) {
  const json::object& system = system_of(event);
  json::object out{{"EventReceivedTime", "2026-03-02 09:15:31"}, {"SourceModuleName", "in"}, {"SourceModuleType", "im_msvistalog"}};
  out["EventTime"] = time_of(system);
  add_system(out, system, {"Channel", "EventID", "SourceName", "Hostname", "RecordNumber", "ProviderGuid"}, false);
  std::string message;
  for (const auto& [key, value] : data_of(event)) {
    message += std::string(key) + ": " + std::string(value.as_string()) + "\r\n";
    if (!std::string_view(key).starts_with("param") && !out.contains(key)) out[key] = value;
  }
  out["Message"] = message;
  return json::serialize(out) + "\n";
}

}  // namespace

const std::vector<WindowsShape>& windows_shapes() {
  static const std::vector<WindowsShape> shapes = {
      {"XML, an event in a line", "a.xml", "", as_xml, ""},
      {"XML, a document", "b.xml", "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n<Events>", as_wide_xml, "</Events>\r\n"},
      {"Winlogbeat 6", "c.json", "", as_winlogbeat_6, ""},
      {"Winlogbeat 7", "d.json", "", as_winlogbeat_7, ""},
      {"Winlogbeat 8", "e.json", "", as_winlogbeat_8, ""},
      {"NXLog", "f.json", "", as_nxlog, ""},
  };
  return shapes;
}

}  // namespace tocsin
