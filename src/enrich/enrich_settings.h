// What enrichment is made of, as the settings say it: files of the user's; and the indicators that events are asked for, which are in one table with the lists. Plain data. read_reputation() and
// read_indicators() fail with kInvalid, in words for whoever wrote the settings.
//
//   EnrichSettings settings;
//   settings.databases = {"/etc/tocsin/GeoLite2-City.mmdb"};
//   settings.lists.push_back(TRY(read_reputation("file=/etc/tocsin/feodo.txt,name=feodo,category=botnet,score=90")));
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tocsin::enrich {

/// City and AS, of two vendors, for IPv4 and IPv6 alone.
inline constexpr std::size_t kGeoDatabasesMax = 8;
inline constexpr std::size_t kAssetFilesMax = 16;
/// Each is asked about each address and domain.
inline constexpr std::size_t kReputationListsMax = 64;
/// Of indicators; with the lists fewer than a table may have sources.
inline constexpr std::size_t kIndicatorFilesMax = 128;
/// A name, a category.
inline constexpr std::size_t kReputationWordBytesMax = 64;

struct ReputationSettings {
  std::string file, name, category;
  std::optional<int> score;  // 0 to 100
  bool benign = false;
  bool alerts = false;  // indicators: what they name makes an alert
  bool fetched = false; // the service wrote it: what is wrong with it is told, and is no reason not to start
};

struct EnrichSettings {
  std::vector<std::string> databases, assets;
  std::vector<ReputationSettings> lists;
  std::vector<ReputationSettings> indicators;
  std::vector<std::string> allowed;  // lists of what never counts as an indicator
  bool hosts = false;  // learn which host has an address

  bool empty() const { return databases.empty() && assets.empty() && lists.empty() && indicators.empty() && !hosts; }
};

/// file=PATH[,name=NAME][,category=WORD][,score=0..100][,kind=malicious|benign]; a comma within a value is written \,. Without a name it is that of the file.
Result<ReputationSettings> read_reputation(std::string_view text);
/// The same of a file of indicators, which may be its name alone: FILE, or file=PATH[,name=NAME][,category=WORD][,confidence=0..100].
Result<ReputationSettings> read_indicators(std::string_view text);
/// The other way round, of the members of a mapping.
std::string reputation_text(const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace tocsin::enrich
