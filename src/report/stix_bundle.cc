#include "report/stix_bundle.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/ip_network.h"
#include "base/openssl.h"
#include "base/text.h"
#include "event/attack_stages.h"
#include "report/incident_writer.h"
#include "report/json_text.h"

namespace tocsin {

namespace {

using Space = std::array<std::uint8_t, 16>;

/// STIX 2.1, section 2.9: 00abedb4-aa42-466c-9c01-fed23315a9b7.
constexpr Space kObservables = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};
/// Tocsin's own: 8f0c3c1e-52b7-4a86-9d0e-6b1f2a7c5e43.
constexpr Space kOwn = {0x8f, 0x0c, 0x3c, 0x1e, 0x52, 0xb7, 0x4a, 0x86, 0x9d, 0x0e, 0x6b, 0x1f, 0x2a, 0x7c, 0x5e, 0x43};

struct Marking {
  std::string_view id, name;
};
constexpr std::array<Marking, 4> kMarkings = {{{"marking-definition--613f2e26-407d-48c7-9eca-b8e7df91dc99", "TLP:WHITE"},
                                               {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "TLP:GREEN"},
                                               {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER"},
                                               {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED"}}};
constexpr std::string_view kProducerSince = "2026-01-01T00:00:00.000Z";

std::string quoted(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

class Bundle {
 public:
  Bundle(const IncidentReport& report, StixTlp tlp) : report_(report), marking_(kMarkings[static_cast<std::size_t>(tlp)]), tlp_(kStixTlpWords[static_cast<std::size_t>(tlp)]) {
    const TimeUs first = detected_at(report);
    created_ = first == kNoTime || first > report.now ? report.now : first;
  }

  std::string made() {
    add_marking_and_producer();
    incident_id_ = "incident--" + uuid_v5(kOwn, "incident " + report_.incident->id);
    add_observables();
    add_incident();
    add_observed_data();
    for (const IncidentStage& stage : report_.incident->stages) {
      for (const std::string& technique : stage.techniques) add_technique(technique);
    }
    add_notes();
    return "{\"type\":\"bundle\",\"id\":\"bundle--" + uuid_v5(kOwn, "bundle " + report_.incident->id) + "\",\"objects\":[" + objects_ + "]}\n";
  }

 private:
  /// Ids are of the type and what makes the object this one.
  std::string own_id(std::string_view type, std::string_view name) const { return std::string(type) + "--" + uuid_v5(kOwn, fmt::format("{} {} {}", type, report_.incident->id, name)); }
  void add(const std::string& object) { objects_ += (objects_.empty() ? "" : ",") + object; }
  std::string marked() const { return fmt::format(R"(,"object_marking_refs":["{}"]}})", marking_.id); }
  std::string head(std::string_view type, std::string_view id, TimeUs created, TimeUs modified) const {
    return fmt::format(R"({{"type":"{}","spec_version":"2.1","id":"{}","created_by_ref":"{}","created":"{}","modified":"{}")", type, id, producer_id_, format_time(created), format_time(std::max(created, modified)));
  }

  void add_marking_and_producer() {
    add(fmt::format(R"({{"type":"marking-definition","spec_version":"2.1","id":"{}","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"{}","definition":{{"tlp":"{}"}}}})", marking_.id, marking_.name, tlp_));
    producer_id_ = "identity--" + uuid_v5(kOwn, "identity tocsin");
    add(fmt::format(R"({{"type":"identity","spec_version":"2.1","id":"{}","created":"{}","modified":"{}","name":"Tocsin","identity_class":"system"}})", producer_id_, kProducerSince, kProducerSince));
  }

  /// `contributing`: what its id is made of, as canonical JSON (RFC 8785: its members in order); the object has these and `more`.
  void add_observable(std::string_view type, const std::string& contributing, const std::string& more = {}) {
    const std::string id = std::string(type) + "--" + uuid_v5(kObservables, "{" + contributing + "}");
    if (std::ranges::find(observables_, id) != observables_.end()) return;
    if (observables_.size() >= kStixObservablesMax) {
      ++left_out_;
      return;
    }
    observables_.push_back(id);
    add(fmt::format(R"({{"type":"{}","spec_version":"2.1","id":"{}",{}{}{})", type, id, contributing, more, marked()));
  }

  /// What is redacted has none of a person: an id that is made of an address gives it away to whoever tries all of them.
  void add_observables() {
    const Incident& incident = *report_.incident;
    for (const CaseAttachment* const one : report_.attachments) {
      add_observable("file", fmt::format(R"("hashes":{{"SHA-256":"{}"}},"name":{})", one->file.sha256, quoted(one->file.name)), fmt::format(",\"size\":{}", one->file.bytes));
    }
    if (report_.is_redacted) return;
    for (const IncidentEntity& address : incident.addresses) {
      if (!read_ip(address.value)) continue;
      add_observable(address.value.find(':') == std::string::npos ? "ipv4-addr" : "ipv6-addr", "\"value\":" + quoted(address.value));
    }
    for (const IncidentEntity& account : incident.accounts) add_observable("user-account", "\"account_login\":" + quoted(account.value));
    for (const IncidentEntity& host : incident.hosts) add_host(host.value);
  }

  /// A machine is an identity of the class "system": STIX has no observable of it.
  void add_host(const std::string& name) {
    if (hosts_.size() >= kStixObservablesMax) return;
    hosts_.push_back("identity--" + uuid_v5(kOwn, "host " + name));
    add(head("identity", hosts_.back(), created_, created_) + ",\"name\":" + quoted(name) + ",\"identity_class\":\"system\"" + marked());
  }

  void add_incident() {
    std::string text = incident_story(*report_.incident);
    if (left_out_ > 0) text += fmt::format(" {} observables are left out of this bundle.", left_out_);
    add(head("incident", incident_id_, created_, report_.now) + ",\"name\":" + quoted("Incident " + report_.incident->id.substr(0, 12)) + ",\"description\":" + quoted(text) + fmt::format(",\"confidence\":{:.0f}", report_.incident->judged * 100) + marked());
  }

  void add_observed_data() {
    const Incident& incident = *report_.incident;
    if (observables_.empty() || incident.first == kNoTime) return;
    observed_id_ = own_id("observed-data", "");
    std::string refs;
    for (const std::string& id : observables_) refs += (refs.empty() ? "\"" : ",\"") + id + "\"";
    add(head("observed-data", observed_id_, created_, report_.now) + fmt::format(R"(,"first_observed":"{}","last_observed":"{}","number_observed":{},"object_refs":[{}])", format_time(incident.first), format_time(incident.last), incident.alerts.size(), refs) + marked());
    relate(incident_id_, observed_id_);
  }

  void relate(const std::string& from, const std::string& to) {
    add(head("relationship", own_id("relationship", from + " " + to), created_, created_) + fmt::format(R"(,"relationship_type":"related-to","source_ref":"{}","target_ref":"{}")", from, to) + marked());
  }

  /// Its tactics are its kill chain phases; it is sighted where the incident was.
  void add_technique(const std::string& technique) {
    if (std::ranges::find(techniques_, technique) != techniques_.end()) return;
    techniques_.push_back(technique);
    const std::string id = "attack-pattern--" + uuid_v5(kOwn, "attack-pattern " + technique);
    std::string phases;
    std::uint64_t alerts = 0;
    TimeUs first = kNoTime;
    for (const IncidentStage& stage : report_.incident->stages) {
      if (std::ranges::find(stage.techniques, technique) == stage.techniques.end()) continue;
      phases += fmt::format(R"({}{{"kill_chain_name":"mitre-attack","phase_name":"{}"}})", phases.empty() ? "" : ",", stage.tactic);
      alerts = std::max(alerts, stage.alerts);
      if (stage.first != kNoTime && (first == kNoTime || stage.first < first)) first = stage.first;
    }
    std::string path = technique;
    std::ranges::replace(path, '.', '/');
    add(head("attack-pattern", id, created_, created_) + fmt::format(R"(,"name":"{0}","external_references":[{{"source_name":"mitre-attack","external_id":"{0}","url":"https://attack.mitre.org/techniques/{1}"}}],"kill_chain_phases":[{2}])", technique, path, phases) + marked());
    std::string sighting = head("sighting", own_id("sighting", technique), created_, report_.now);
    if (first != kNoTime) sighting += fmt::format(R"(,"first_seen":"{}","last_seen":"{}")", format_time(first), format_time(std::max(first, report_.incident->last)));
    sighting += fmt::format(R"(,"sighting_of_ref":"{}")", id);
    if (!observed_id_.empty()) sighting += fmt::format(R"(,"observed_data_refs":["{}"])", observed_id_);
    add(sighting + fmt::format(R"(,"where_sighted_refs":["{}"])", producer_id_) + marked());
    relate(incident_id_, id);
  }

  void add_notes() {
    for (std::size_t i = 0; i < report_.acts.size(); ++i) {
      const CaseAct& act = report_.acts[i];
      if (!report_.counts[i] || act.kind != CaseActKind::kComment || act.text.empty()) continue;
      add(head("note", own_id("note", std::to_string(act.number)), act.time, act.time) + ",\"content\":" + quoted(act.text) + ",\"authors\":[" + quoted(act.who) + fmt::format(R"(],"object_refs":["{}"])", incident_id_) + marked());
    }
  }

  const IncidentReport& report_;
  const Marking marking_;
  const std::string_view tlp_;
  TimeUs created_ = kNoTime;
  std::string objects_, producer_id_, incident_id_, observed_id_;
  std::vector<std::string> observables_, hosts_, techniques_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::string uuid_v5(const std::array<std::uint8_t, 16>& space, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(space.data()), space.size());
  text += name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) fmt::format_to(std::back_inserter(out), "{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", digest[i]);
  return out;
}

std::string stix_bundle(const IncidentReport& report, StixTlp tlp) { return Bundle(report, tlp).made(); }

}  // namespace tocsin
