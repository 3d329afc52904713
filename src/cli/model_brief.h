// What a model is told of an incident: its facts as text, without anybody's name. Machines, accounts and addresses become "host-1", "account-1", "address-1", also where they stand in a command line or a path; what else is personal
// or secret becomes its kind in brackets, as `tocsin redact` does it. In what the model says the names are put back. One thread.
//
//   ModelBrief brief(incident);
//   const std::string said = brief.with_names(opinion.summary);
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/incident.h"

namespace tocsin::cli {

class ModelBrief {
 public:
  /// No more than a model is asked about at once (respond/executor/model_question.h).
  explicit ModelBrief(const Incident& incident);

  const std::string& text() const { return text_; }
  /// The stand-ins of this brief as what they stand for.
  std::string with_names(std::string_view said) const;
  /// A text about the incident with the stand-ins in place of the names.
  std::string without_names(const std::string& text) const;

 private:
  void name_all(const std::vector<IncidentEntity>& entities, const char* kind);

  std::string text_;
  std::vector<std::pair<std::string, std::string>> names_;  // a name, the longest first, and what stands for it
  std::vector<std::pair<std::string, std::string>> stand_ins_;  // the other way round
};

}  // namespace tocsin::cli
