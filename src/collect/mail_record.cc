#include "collect/mail_record.h"

#include <algorithm>
#include <utility>

#include "base/time.h"
#include "collect/file_kind.h"
#include "collect/json_text.h"
#include "collect/mail_trace.h"

namespace tocsin {

namespace {

class Record {
 public:
  Record(std::string& out, const MailSeen& mail, const MailRules& rules, Charsets& charsets) : json_(out), mail_(mail), rules_(rules), charsets_(charsets) {}

  void write() {
    read_hops();
    const TimeUs sent = mail_date(value("date"));
    const TimeUs delivered = hops_.empty() ? kNoTime : hops_.front().time;
    json_.text("@timestamp", format_time(delivered != kNoTime ? delivered : sent));
    json_.begin("email");
    json_.text("origination_timestamp", format_time(sent)).text("delivery_timestamp", format_time(delivered));
    identity();
    for (const auto& [field, name] : {std::pair("from", "from"), {"sender", "sender"}, {"reply-to", "reply_to"}, {"return-path", "return_path"}, {"to", "to"}, {"cc", "cc"}, {"bcc", "bcc"}, {"delivered-to", "delivered_to"}}) {
      addresses(field, name);
    }
    hops();
    authentication();
    links();
    attachments();
    left_out();
    json_.end();
    json_.close();
  }

 private:
  std::string_view value(std::string_view name) const { return mail_.header.value(name).substr(0, kMailValueBytesMax); }
  /// The text of a field, its words decoded.
  std::string words(std::string_view name) {
    std::string text = charsets_.words(value(name));
    std::ranges::replace(text, '\t', ' ');
    return text;
  }

  void identity() {
    json_.text("message_id", value("message-id")).text("in_reply_to", value("in-reply-to")).text("subject", words("subject"));
    std::string program = words("x-mailer");
    if (program.empty()) program = words("user-agent");
    json_.text("x_mailer", program).text("list_id", words("list-id"));
    std::string_view origin = value("x-originating-ip");
    while (origin.starts_with('[')) origin.remove_prefix(1);
    json_.text("x_originating_ip", origin.substr(0, origin.find(']')));
    json_.text("content_type", mail_value(mail_.header.value("content-type"), charsets_).value);
    json_.text("attached_to", mail_.attached_to).number("size", mail_.bytes);
  }

  void addresses(std::string_view field, std::string_view name) {
    std::vector<std::string> addresses, names, domains;
    for (const MailField& one : mail_.header.fields()) {
      if (!same_name(one.name, field)) continue;
      for (MailAddress& address : mail_addresses(one.value, charsets_)) {
        if (addresses.size() == kMailAddressesMax) {
          addresses_cut_ = true;
          break;
        }
        const bool has_domain = address.address.find('@') != std::string::npos;
        if (std::string domain = has_domain ? mail_domain(address.address) : std::string(); !domain.empty() && std::ranges::find(domains, domain) == domains.end()) domains.push_back(std::move(domain));
        addresses.push_back(std::move(address.address));
        if (!address.name.empty()) names.push_back(std::move(address.name));
      }
    }
    json_.begin(name).texts("address", addresses).texts("name", names).texts("domain", domains).end();
  }

  void read_hops() {
    for (const MailField& field : mail_.header.fields()) {
      if (!same_name(field.name, "received")) continue;
      if (hops_.size() == kMailHopsMax) {
        hops_cut_ = true;
        return;
      }
      hops_.push_back(mail_hop(field.value));
    }
  }

  void hops() {
    if (hops_.empty()) return;
    json_.begin_array("received");
    for (const MailHop& hop : hops_) {
      json_.begin().text("from", hop.from).text("ip", hop.ip).text("by", hop.by).text("with", hop.with).text("id", hop.id).text("for", hop.recipient).text("timestamp", format_time(hop.time)).end();
    }
    json_.end_array();
  }

  struct Stated {
    std::string_view header;  // who says it: authentication-results, arc, received-spf
    AuthResults said;
    bool believed = false;
  };

  void authentication() {
    std::vector<Stated> all;
    for (const MailField& field : mail_.header.fields()) {
      if (all.size() == kMailAuthFieldsMax) break;
      if (same_name(field.name, "authentication-results")) all.push_back({"authentication-results", auth_results(field.value), false});
      if (same_name(field.name, "arc-authentication-results")) all.push_back({"arc-authentication-results", auth_results(field.value), false});
      if (same_name(field.name, "received-spf")) all.push_back({"received-spf", received_spf(field.value), false});
    }
    if (all.empty()) return;
    for (Stated& one : all) one.believed = one.header == "authentication-results" && std::ranges::find(rules_.authserv_ids, one.said.authserv_id) != rules_.authserv_ids.end();
    summary(all);
    json_.begin_array("authentication_results");
    for (const Stated& one : all) {
      for (const AuthResult& result : one.said.results) {
        json_.begin().text("header", one.header).text("authserv_id", one.said.authserv_id).text("method", result.method).text("result", result.result).text("domain", result.domain);
        json_.text("policy", result.policy).text("ip", result.ip).text("trust", one.believed ? "verified" : "unverified").end();
      }
    }
    json_.end_array();
  }

  /// What counts: of the topmost field that a server wrote which the user names, since what a stranger wrote under its name stands below; where the user names none, of the topmost field.
  void summary(const std::vector<Stated>& all) {
    const bool named = !rules_.authserv_ids.empty();
    bool any = false;
    for (const std::string_view method : {"spf", "dkim", "dmarc"}) {
      for (const Stated& one : all) {
        if (named ? !one.believed : one.header == "arc-authentication-results") continue;
        std::vector<std::string> results, domains;
        std::string policy;
        for (const AuthResult& result : one.said.results) {
          if (result.method != method) continue;
          if (std::ranges::find(results, result.result) == results.end()) results.push_back(result.result);
          if (!result.domain.empty() && std::ranges::find(domains, result.domain) == domains.end()) domains.push_back(result.domain);
          if (policy.empty()) policy = result.policy;
        }
        if (results.empty()) continue;
        any = true;
        json_.begin(method).texts("result", results).texts("domain", domains).text("policy", policy).end();
        break;
      }
    }
    json_.begin("authentication").text("trust", named && any ? "verified" : "unverified").end();
  }

  void links() {
    const std::vector<MailLink>& all = mail_.parts.links.all();
    if (all.empty()) return;
    json_.begin_array("links");
    for (const MailLink& link : all) {
      json_.begin().text("url", link.url).text("scheme", link.scheme).text("domain", link.host).text("text", link.text);
      if (link.disguised) json_.boolean("disguised", true);
      json_.end();
    }
    json_.end_array();
  }

  void attachments() {
    const std::vector<MailAttachment>& all = mail_.parts.attachments;
    if (all.empty()) return;
    json_.begin_array("attachments");
    for (const MailAttachment& one : all) {
      json_.begin().begin("file").text("name", one.name).text("extension", file_extension(one.name)).text("mime_type", one.type).text("content_type", one.content_type).number("size", one.bytes);
      json_.begin("hash").text("md5", one.hashes.md5).text("sha1", one.hashes.sha1).text("sha256", one.hashes.sha256).end();
      if (!one.fits) json_.boolean("name_mismatch", true);
      json_.end().text("disposition", one.disposition).end();
    }
    json_.end_array();
  }

  void left_out() {
    const MailParts& parts = mail_.parts;
    std::vector<std::string> names;
    for (const auto& [cut, name] : {std::pair(mail_.header.cut(), "header"), {addresses_cut_, "addresses"}, {hops_cut_, "received"}, {parts.links.cut(), "links"}, {parts.attachments_cut, "attachments"},
                                    {parts.text_cut, "text"}, {parts.parts_cut, "parts"}, {parts.depth_cut, "nested parts"}, {mail_.mails_cut, "nested mails"}}) {
      if (cut) names.emplace_back(name);
    }
    json_.texts("left_out", names);
  }

  JsonText json_;
  const MailSeen& mail_;
  const MailRules& rules_;
  Charsets& charsets_;
  std::vector<MailHop> hops_;
  bool addresses_cut_ = false, hops_cut_ = false;
};

}  // namespace

void append_mail_record(std::string& json, const MailSeen& mail, const MailRules& rules, Charsets& charsets) { Record(json, mail, rules, charsets).write(); }

}  // namespace tocsin
