// An alert as it may be kept and sent: the values that it shows of its event in the words of the policy, like the event itself (protect/protector.h). Detection has seen them as they
// were; of the rule nothing is changed. One thread.
//
//   AlertProtection alerts(protection, taxonomy);
//   alerts.protect(alert.body);           // `tocsin.alert/1`, one line
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/path_table.h"
#include "pipeline/protection.h"
#include "protect/protector.h"

namespace tocsin {

class AlertProtection {
 public:
  /// Both outlive it.
  AlertProtection(Protection& protection, const Naming& naming);
  void protect(std::string& body);

 private:
  struct Place {
    std::size_t from = 0, to = 0;
    std::string text;
  };
  void look_at_items(std::string_view body, std::string_view array, std::string_view source, LogSourceId log_source, bool entities);
  void look_at_item(std::string_view body, std::string_view item, std::string_view source, LogSourceId log_source, bool entity);

  void look_at_enrichments(std::string_view body, std::string_view source, LogSourceId log_source);
  void look_at_enrichment(std::string_view body, std::string_view item, std::string_view source, LogSourceId log_source);
  void look_at_baseline(std::string_view body, std::string_view source, LogSourceId log_source);
  void look_at_name(std::string_view body, std::string_view shown, EntityType type, std::string_view source, LogSourceId log_source);
  bool is_put(std::string_view body, std::string_view shown) const;
  void hide_indicators(std::string_view body);
  void put(std::string_view body, std::string_view shown, std::string text);

  const bool changes_;
  LogSourceTable log_sources_;
  PathTable paths_;
  protect::Protector protector_;
  std::vector<Place> places_;
};

}  // namespace tocsin
