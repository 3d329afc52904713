#include "report/enrichment_text.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "report/json_text.h"

namespace tocsin {

namespace {

/// An object whose members are left out where there is nothing to say.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_.push_back('{'); }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { out_.push_back('}'); }

  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    begin(name);
    append_string(out_, value);
  }
  template <class Number>
  void number(std::string_view name, Number value) {
    begin(name);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void time(std::string_view name, TimeUs value) {
    if (value == kNoTime) return;
    begin(name);
    append_time_or_null(out_, value);
  }
  /// Of a member that the caller writes.
  std::string& begin(std::string_view name) {
    if (!std::exchange(first_, false)) out_.push_back(',');
    append_string(out_, name);
    out_.push_back(':');
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

/// As a database stores them, in single precision often: 37.422001 is 37.422.
std::string degrees(double value) {
  std::string text = fmt::format("{:.4f}", value);
  while (text.ends_with('0') && !text.ends_with(".0")) text.pop_back();
  return text;
}

struct Data {
  std::string& out;
  void operator()(const GeoFact& geo) const {
    Object data(out);
    data.text("continent_code", geo.continent_code);
    data.text("country_code", geo.country_code);
    data.text("country", geo.country);
    data.text("region", geo.region);
    data.text("city", geo.city);
    if (!geo.latitude || !geo.longitude) return;
    data.begin("latitude") += degrees(*geo.latitude);
    data.begin("longitude") += degrees(*geo.longitude);
  }
  void operator()(const AsFact& as) const {
    Object data(out);
    if (as.number > 0) data.number("number", as.number);
    data.text("organisation", as.organisation);
  }
  void operator()(const AssetFact& asset) const {
    Object data(out);
    data.text("name", asset.name);
    data.text("criticality", asset.criticality);
    data.text("owner", asset.owner);
    if (!asset.tags.empty()) append_strings(data.begin("tags"), asset.tags);
  }
  void operator()(const ReputationFact& reputation) const {
    Object data(out);
    data.text("list", reputation.list);
    data.text("kind", reputation.benign ? "benign" : "malicious");
    data.text("category", reputation.category);
    if (reputation.score) data.number("score", *reputation.score);
    data.text("entry", reputation.entry);
    data.text("reference", reputation.reference);
    data.text("tags", reputation.tags);
    data.time("valid_from", reputation.valid_from);
    data.time("valid_until", reputation.valid_until);
  }
  void operator()(const HostFact& host) const {
    Object data(out);
    data.text("host", host.host);
    data.text("learnt_from", host.learnt_from);
    data.time("since", host.since);
    data.time("until", host.until);
  }
};

void append_source(std::string& out, const FactSource& from) {
  Object source(out);
  source.text("name", from.name);
  source.text("file", from.file);
  source.text("record", from.record);
  source.time("built", from.built);
}

struct Continent {
  std::string_view code, name;
};
constexpr Continent kContinents[] = {{"AF", "Africa"}, {"AN", "Antarctica"}, {"AS", "Asia"}, {"EU", "Europe"}, {"NA", "North America"}, {"OC", "Oceania"}, {"SA", "South America"}};

std::string_view continent_name(std::string_view code) {
  for (const Continent& each : kContinents) {
    if (each.code == code) return each.name;
  }
  return {};
}

}  // namespace

void append_fact(std::string& out, const Fact& fact) { std::visit(Data{out}, fact); }

void append_enrichments(std::string& out, std::span<const Enrichment> enrichments) {
  out.push_back('[');
  for (std::size_t i = 0; i < enrichments.size(); ++i) {
    const Enrichment& one = enrichments[i];
    if (i > 0) out.push_back(',');
    Object object(out);
    object.text("type", entity_name(one.type));
    append_string(object.begin("value"), one.value);
    object.text("kind", fact_kind(one.fact));
    append_fact(object.begin("data"), one.fact);
    append_source(object.begin("source"), one.source);
  }
  out.push_back(']');
}

void append_ocsf_enrichment(std::string& out, std::string_view name, const Enrichment& enrichment) {
  Object object(out);
  append_string(object.begin("name"), name);
  append_string(object.begin("value"), enrichment.value);
  object.text("type", fact_kind(enrichment.fact));
  object.text("provider", enrichment.source.name);
  append_fact(object.begin("data"), enrichment.fact);
  if (enrichment.source.built != kNoTime) object.number("created_time", enrichment.source.built / 1'000);
}

bool append_ocsf_location(std::string& out, const GeoFact& geo, std::string_view provider) {
  if (geo.city.empty() && geo.country_code.empty() && geo.region.empty()) return false;
  Object location(out);
  location.text("continent", continent_name(geo.continent_code));
  location.text("country", geo.country_code);
  location.text("region", geo.region);
  location.text("city", geo.city);
  location.text("provider", provider);
  if (!geo.latitude || !geo.longitude) return true;
  location.begin("lat") += degrees(*geo.latitude);
  location.begin("long") += degrees(*geo.longitude);
  return true;
}

void append_ocsf_as(std::string& out, const AsFact& as) {
  Object object(out);
  if (as.number > 0) object.number("number", as.number);
  object.text("name", as.organisation);
}

void append_ecs_geo(std::string& out, const GeoFact& geo) {
  Object object(out);
  object.text("continent_code", geo.continent_code);
  object.text("country_iso_code", geo.country_code);
  object.text("country_name", geo.country);
  object.text("region_name", geo.region);
  object.text("city_name", geo.city);
  if (!geo.latitude || !geo.longitude) return;
  Object location(object.begin("location"));
  location.begin("lat") += degrees(*geo.latitude);
  location.begin("lon") += degrees(*geo.longitude);
}

void append_ecs_as(std::string& out, const AsFact& as) {
  Object object(out);
  if (as.number > 0) object.number("number", as.number);
  if (as.organisation.empty()) return;
  Object organization(object.begin("organization"));
  organization.text("name", as.organisation);
}

}  // namespace tocsin
