// The settings of the service, in one table: from it come the options of `tocsin serve`, the keys of its configuration file, what `tocsin config` shows,
// and the page docs/settings.md. A value comes from the command line, else from the file, else it is the default. The file is YAML; a name with a dot is a
// key below a key:
//
//   listen:
//     bulk: 0.0.0.0:9200
//   keep:
//     days: 90
//
// A key that is not in the table, or a value that cannot be, is a mistake with its place; all of them are told.
//
//   Settings settings;
//   settings.read_file(env, path, mistakes);
//   settings.set(kKeepDays, {"90"}, "--keep-days", mistakes);
//   settings.number(kKeepDays);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "store/retention.h"

namespace tocsin::cli {

enum SettingId : std::uint8_t {
  kRules, kShadowRules, kNewRules, kPipelines, kMappings, kBulk, kHec, kSyslog, kSyslogTls, kRelp, kForward, kLumberjack, kGelf, kGelfTls, kOtlp, kJournal, kNetflow, kFiles, kAuthservIds, kPollers, kApi, kApiHosts, kApiUrl, kApiMcp, kTlsCertificate, kTlsKey, kTlsNames, kTlsHttp, kTlsSenders, kTlsStreams, kForwardKeys,
  kQueueBytes, kStoreAfter, kKeepDays, kKeepBytes, kKeepFree, kKeepSources, kKeepAlertsDays, kProtectPolicy, kProtectReveal, kEnrichDatabases, kEnrichAssets, kEnrichLists, kEnrichHosts, kIntelFiles, kIntelAllowed, kIntelRetro, kAuditEvery, kAuditCopy, kAuditSyslog, kCanaryEvery, kCanaryLate, kSilence, kBaselines, kBaselineAlerts, kShadowBaselineAlerts, kRespondPolicy, kRespondPlaybooks, kRespondConnectors, kRespondVault, kRespondVaultKey, kRespondAgents, kOidcIssuer, kOidcClientId,
  kOidcSecretFile, kOidcName, kOidcScopes, kOidcRolesClaim, kOidcRoles, kOidcAuthorities, kSettingIds
};

struct Setting {
  enum class Kind : std::uint8_t {
    kText,
    kTexts,   // one, or a list
    kNumber,  // from 0 to `most`
    kBytes,   // a number with or without a unit: 500MB, 20GB
    kLimits,  // several of NAME=LIMITS; in the file a mapping of names, each to {days: 30, bytes: 20GB} or a part of that
    kChoice,  // one of the words of the placeholder
    kWords,   // several of them
    kRoles,   // several of VALUE=ROLE; in the file a mapping
    kOrigin,  // https://HOST[:PORT]
    kIssuer,  // of OpenID Connect
    kPollers,  // several of KEY=VALUE with commas between; in the file a list of mappings
    kLists,  // of reputation: the same, or file names
    kIndicators,  // files of indicators: the same
    kReach,  // days back from now, up to `most`: 30d; or no
  };
  std::string_view name, option, placeholder;
  Kind kind = Kind::kText;
  std::uint64_t most = 0;
  std::string_view preset;  // what holds if nobody says; "" of kTexts: none
  std::string_view meaning;
  bool live = false;  // another value holds after `tocsin reload`; else from the next start on
};

inline constexpr std::array<Setting, kSettingIds> kSettings = {{
    {"rules", "--rules", "PATH", Setting::Kind::kTexts, 0, "", "Sigma rules: a file, a folder, or 'builtin'; in place of the built-in ones", true},
    {"shadow_rules", "--shadow-rules", "PATH", Setting::Kind::kTexts, 0, "", "rules on trial: a file or a folder, beside the others; their alerts are kept and counted, and reach nobody until the rule is promoted", true},
    {"new_rules", "--new-rules", "reach|shadow", Setting::Kind::kChoice, 0, "reach", "whether rules that are new since an earlier start or reload reach people at once, or begin on trial (docs/tuning.md)", true},
    {"pipelines", "--pipeline", "FILE", Setting::Kind::kTexts, 0, "", "pySigma processing pipelines (YAML)", true},
    {"mappings", "--mappings", "PATH", Setting::Kind::kTexts, 0, "", "mappings of your own (docs/mappings.md): a file or a folder, beside the built-in ones"},
    {"listen.bulk", "--bulk", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:9200", "where to take Elasticsearch _bulk requests"},
    {"listen.hec", "--hec", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:8088", "where to take Splunk HEC requests"},
    {"listen.syslog", "--syslog", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:5514", "where to take syslog, over UDP and TCP"},
    {"listen.syslog_tls", "--syslog-tls", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:6514", "where to take syslog, over TLS"},
    {"listen.relp", "--relp", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take RELP, as rsyslog's omrelp sends it; 'none': nowhere"},
    {"listen.forward", "--forward", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take Fluent Forward, as Fluentd and Fluent Bit send it; 'none': nowhere"},
    {"listen.lumberjack", "--lumberjack", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take Lumberjack, as Beats and Logstash send it; 'none': nowhere"},
    {"listen.gelf", "--gelf", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take GELF, over UDP and TCP, such as 127.0.0.1:12201; 'none': nowhere"},
    {"listen.gelf_tls", "--gelf-tls", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take GELF, over TLS; 'none': nowhere"},
    {"listen.otlp", "--otlp", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take logs of OpenTelemetry by OTLP/HTTP, such as 127.0.0.1:4318; 'none': nowhere"},
    {"listen.journal", "--journal", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take what systemd-journal-upload sends, such as 127.0.0.1:19532; 'none': nowhere"},
    {"listen.netflow", "--netflow", "ADDRESS:PORT", Setting::Kind::kText, 0, "none", "where to take NetFlow v5, v9 and IPFIX, over UDP, such as 127.0.0.1:2055; 'none': nowhere"},
    {"files", "--file", "PATH", Setting::Kind::kTexts, 0, "", "log files to follow, through their rotations: a file, a folder, or a pattern such as '/var/log/*.log'"},
    {"mail.authserv_ids", "--authserv-id", "NAME", Setting::Kind::kTexts, 0, "", "mail servers whose Authentication-Results are believed, in followed files (docs/mail.md): mx.example.org"},
    {"pollers", "--poller", "KEY=VALUE,…", Setting::Kind::kPollers, 0, "", "cloud APIs that are asked for their events (docs/pollers.md); in the file a list of {name: …, kind: …, secret: …}"},
    {"listen.api", "--api", "ADDRESS:PORT", Setting::Kind::kText, 0, "127.0.0.1:8443", "where to serve the API and the console, over TLS; 'none': nowhere"},
    {"api.hosts", "--api-host", "NAME", Setting::Kind::kTexts, 0, "", "further names under which clients reach an API that listens on loopback (behind a proxy)"},
    {"api.url", "--api-url", "URL", Setting::Kind::kOrigin, 0, "", "where browsers reach API and console, for links and for log-in through a provider: https://logs.example.org"},
    {"api.mcp", "--mcp", "off|read|act", Setting::Kind::kChoice, 0, "off", "whether models are served at /mcp of the API (docs/mcp.md): off, read alone, or also act: comments, tasks, verdicts"},
    {"tls.certificate", "--tls-certificate", "FILE", Setting::Kind::kText, 0, "", "your own certificate and those behind it (PEM); in place of one by the service's authority"},
    {"tls.key", "--tls-key", "FILE", Setting::Kind::kText, 0, "", "its private key (PEM, without a passphrase)"},
    {"tls.names", "--tls-name", "NAME", Setting::Kind::kTexts, 0, "", "names and addresses under which clients reach this machine, beside those that it knows"},
    {"tls.http", "--tls-http", "auto|yes|no", Setting::Kind::kChoice, 0, "auto", "whether _bulk, HEC, OTLP and journal uploads speak TLS; auto: where they listen beyond loopback"},
    {"tls.senders", "--tls-senders", "auto|yes|no", Setting::Kind::kChoice, 0, "auto", "whether who sends syslog, RELP, Lumberjack, GELF or a journal over TLS has to show a certificate; auto: where it listens beyond loopback"},
    {"tls.streams", "--tls-streams", "auto|yes|no", Setting::Kind::kChoice, 0, "auto", "whether RELP, Forward and Lumberjack speak TLS; auto: where they listen beyond loopback"},
    {"forward.keys", "--forward-keys", "auto|yes|no", Setting::Kind::kChoice, 0, "auto", "whether who sends by Forward has to prove that it knows a sender's key; auto: where it listens beyond loopback"},
    {"queue.bytes", "--queue-bytes", "BYTES", Setting::Kind::kBytes, 1u << 30, "48MiB", "what may wait in memory for the disk; who sends more is told to wait"},
    {"store.after_seconds", "--store-after", "SECONDS", Setting::Kind::kNumber, 86'400, "600", "what came in is in a segment at the latest so many seconds later", true},
    {"keep.days", "--keep-days", "DAYS", Setting::Kind::kNumber, 36'500, "0", "delete events that were received longer ago; 0: keep them", true},
    {"keep.bytes", "--keep-bytes", "BYTES", Setting::Kind::kBytes, UINT64_MAX, "0", "delete the oldest events where segments have more bytes (20GB); 0: keep them", true},
    {"keep.free", "--keep-free", "BYTES", Setting::Kind::kBytes, UINT64_MAX, "64MB", "where less of the disk is free, senders are told to wait: the rest is for what makes room"},
    {"keep.sources", "--keep-source", "SOURCE=LIMITS", Setting::Kind::kLimits, 0, "",
     "limits of their own for sources, or for what produced the events: auditd=30d, syslog/*=7d,2GB, category:dns_query=3d (product:, service:); in the file auditd: {days: 30}; the first that fits counts", true},
    {"keep.alerts_days", "--keep-alerts", "DAYS", Setting::Kind::kNumber, 36'500, "0", "delete alerts that were made longer ago; 0: keep them, 5,000,000 at most", true},
    {"protect.policy", "--protect", "POLICY", Setting::Kind::kText, 0, "default", "what is done to personal data before it is kept: none, default, strict, or a file (docs/protection.md)"},
    {"protect.reveal", "--reveal", "one|two", Setting::Kind::kChoice, 0, "one", "how many people it takes to reveal what a token stands for; two: one asks, and another with the role approver lets it be"},
    {"enrich.databases", "--geo", "FILE", Setting::Kind::kTexts, 0, "", "where addresses are and who announces them (docs/enrichment.md): databases of MaxMind's format (.mmdb)", true},
    {"enrich.assets", "--assets", "FILE", Setting::Kind::kTexts, 0, "", "the register of assets (docs/enrichment.md), YAML or CSV", true},
    {"enrich.lists", "--list", "KEY=VALUE,…", Setting::Kind::kLists, 0, "", "reputation lists (docs/enrichment.md): file=feodo.txt,name=feodo,category=botnet,score=90; in the file a list of {file: …, category: …}", true},
    {"enrich.hosts", "--learn-hosts", "yes|no", Setting::Kind::kChoice, 0, "no", "whether DHCP and log-ins that come in tell which host has an address", true},
    {"intel.files", "--intel", "FILE", Setting::Kind::kIndicators, 0, "", "indicators that events are asked for (docs/intelligence.md): CSV, a list, STIX 2.1 or MISP JSON; or file=feed.csv,name=feed,confidence=80", true},
    {"intel.allow", "--allow", "FILE", Setting::Kind::kTexts, 0, "", "what never counts as an indicator (docs/intelligence.md): warning-lists of MISP, or a list", true},
    {"intel.retro", "--retro", "30d|no", Setting::Kind::kReach, 3'650, "30d", "how far back new indicators are looked for in what is stored (docs/intelligence.md): so many days; or no", true},
    {"audit.checkpoint_seconds", "--audit-checkpoint", "SECONDS", Setting::Kind::kNumber, 86'400, "300", "what is new in the audit log is signed so soon, and when the service stops (docs/audit.md)"},
    {"audit.copy_to", "--audit-copy", "PATH", Setting::Kind::kText, 0, "", "a file or a folder to which each signed checkpoint is added: best on another machine's disk (docs/audit.md)"},
    {"audit.syslog", "--audit-syslog", "SOCKET", Setting::Kind::kText, 0, "", "the socket of the machine's own syslog, such as /dev/log, that each signed checkpoint is sent to; what runs there sends it further"},
    {"canary.every_seconds", "--canary-every", "SECONDS", Setting::Kind::kNumber, 86'400, "600", "how often the service sends a record to itself, through the whole path, and sees whether it comes out (docs/canaries.md); 0: never"},
    {"canary.late_seconds", "--canary-late", "SECONDS", Setting::Kind::kNumber, 3'600, "60", "it has come out so soon, or the service says that it did not, and where it is"},
    {"silence.watch", "--watch-silence", "yes|no", Setting::Kind::kChoice, 0, "yes", "whether the service learns when each source speaks, and says which has fallen silent (docs/canaries.md)"},
    {"baselines", "--baselines", "yes|no", Setting::Kind::kChoice, 0, "yes", "whether it is learnt from all events what is usual, so that alerts say what was not (docs/baselines.md)"},
    {"baseline_alerts", "--baseline-alert", "first_seen|volume|new_country|impossible_travel|beacon|outlier", Setting::Kind::kWords, 0, "", "signs of baselines that make an alert by themselves (docs/baselines.md#alerts-of-their-own); the others are told of alerts that rules made", true},
    {"shadow_baseline_alerts", "--shadow-baseline-alert", "first_seen|volume|new_country|impossible_travel|beacon|outlier", Setting::Kind::kWords, 0, "", "the same on trial: their alerts are kept and counted, and reach nobody until the rule is promoted", true},
    {"respond.policy", "--respond-policy", "FILE", Setting::Kind::kText, 0, "", "what playbooks may do by themselves, what a person is asked, and what is never touched (docs/policy.md), YAML; the shipped policy if nobody says"},
    {"respond.playbooks", "--playbook", "PATH", Setting::Kind::kTexts, 0, "", "CACAO playbooks that can be run (docs/playbooks.md): files, and folders of them; read again by `tocsin reload`"},
    {"respond.connectors", "--connectors", "FILE", Setting::Kind::kText, 0, "", "what playbooks act through (docs/connectors.md): a YAML file of connectors and their settings"},
    {"respond.vault", "--vault", "FILE", Setting::Kind::kText, 0, "", "the sealed file of secrets that connectors log in with; `tocsin vault` writes it"},
    {"respond.vault_key", "--vault-key", "FILE", Setting::Kind::kText, 0, "", "the key that it is sealed with: readable by the service alone"},
    {"respond.agent_types", "--agent-type", "TYPE", Setting::Kind::kTexts, 0, "", "types of agents in playbooks of others that something here stands for: soarca"},
    {"oidc.issuer", "--oidc-issuer", "URL", Setting::Kind::kIssuer, 0, "", "a provider of OpenID Connect that users log in with (docs/oidc.md): https://login.example.org/realms/main"},
    {"oidc.client_id", "--oidc-client-id", "ID", Setting::Kind::kText, 0, "", "the service's name there"},
    {"oidc.client_secret_file", "--oidc-client-secret-file", "FILE", Setting::Kind::kText, 0, "", "the file with the secret that the provider gave for it; else systemd's credential tocsin-oidc-secret"},
    {"oidc.name", "--oidc-name", "TEXT", Setting::Kind::kText, 0, "single sign-on", "what people call the provider, for the button: Log in with …"},
    {"oidc.scopes", "--oidc-scope", "SCOPE", Setting::Kind::kTexts, 0, "", "scopes to ask for beside openid, profile and email: some providers want groups"},
    {"oidc.roles_claim", "--oidc-roles-claim", "CLAIM", Setting::Kind::kText, 0, "groups", "the claim of the ID token that says who may what; realm_access.roles is a claim within one"},
    {"oidc.roles", "--oidc-role", "VALUE=ROLE", Setting::Kind::kRoles, 0, "",
     "the role for a value of that claim: soc=analyst; in the file soc: analyst; the highest counts, and who has none is not let in"},
    {"oidc.ca_file", "--oidc-ca-file", "FILE", Setting::Kind::kText, 0, "", "who signs the provider's certificate (PEM); in place of the system's authorities"},
}};

/// Of which there may be several; else the last counts.
inline bool takes_several(const Setting& setting) {
  return setting.kind == Setting::Kind::kTexts || setting.kind == Setting::Kind::kLimits || setting.kind == Setting::Kind::kRoles ||
         setting.kind == Setting::Kind::kPollers || setting.kind == Setting::Kind::kLists || setting.kind == Setting::Kind::kIndicators ||
         setting.kind == Setting::Kind::kWords;
}

class Settings {
 public:
  struct Value {
    std::vector<std::string> texts;  // one, but for kTexts and kLimits
    std::string source;              // "default", "--keep-days", "tocsin.yaml:7"
  };

  Settings();

  /// Values of the file, where no option has set one; kNotFound or kIo if it cannot be read. Mistakes are told, the rest is taken.
  Status read_file(Env& env, const std::string& path, std::vector<std::string>& mistakes);
  /// The same of `path` or, if that is "", of the usual place, where there need be none. What cannot be read is a mistake.
  void read_chosen(Env& env, const std::string& path, std::vector<std::string>& mistakes);
  /// What is wrong with settings that belong together, once all are read.
  void check_together(std::vector<std::string>& mistakes) const;
  void set(SettingId id, std::vector<std::string> texts, std::string source, std::vector<std::string>& mistakes);

  /// Names of settings that are not `live` and have another value here than in `other`.
  std::vector<std::string> fixed_that_differ(const Settings& other) const;

  const Value& value(SettingId id) const { return values_[id]; }
  const std::string& text(SettingId id) const { return values_[id].texts.front(); }
  std::uint64_t number(SettingId id) const;
  std::vector<store::RetentionRule> retention_rules() const;

 private:
  std::array<Value, kSettingIds> values_;
};

/// The value of kLimits; nothing, and why not, if it is none.
Result<store::RetentionRule> read_limits(std::string_view text);
/// The value of kNumber and kBytes; nothing if it is none, or too large.
std::optional<std::uint64_t> read_number(const Setting& setting, std::string_view text);
/// The value of kReach, in days; no is 0. Nothing if it is none, or too far.
std::optional<std::uint64_t> read_reach(const Setting& setting, std::string_view text);
/// $XDG_CONFIG_HOME/tocsin/tocsin.yaml, for root /etc/tocsin/tocsin.yaml.
std::string default_config_file();
/// docs/settings.md, but for its head.
std::string settings_page();

}  // namespace tocsin::cli
