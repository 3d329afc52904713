#include "enrich/asset_register.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/mistake.h"
#include "base/text.h"
#include "base/yaml.h"
#include "base/csv_rows.h"

namespace tocsin::enrich {

namespace {

enum Field : std::uint8_t { kName, kAddresses, kHosts, kAccounts, kCriticality, kOwner, kTags, kFields };
constexpr std::array<std::string_view, kFields> kFieldNames = {"name", "addresses", "hosts", "accounts", "criticality", "owner", "tags"};
constexpr std::array<std::string_view, 4> kCriticalities = {"low", "medium", "high", "critical"};

bool is_list(Field field) { return field == kAddresses || field == kHosts || field == kAccounts || field == kTags; }

struct Text {
  std::string text;
  Position at;
};

/// One asset as it is written.
struct Written {
  Position at;
  std::array<std::vector<Text>, kFields> values;
};

/// A register whose first line names its columns.
bool is_csv(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::string_view first = line.substr(0, line.find(','));
  return line.find(',') != std::string_view::npos && line.find(':') == std::string_view::npos && first.find_first_of("[{-#") == std::string_view::npos;
}

}  // namespace

/// One file on its way into the register.
class AssetRegister::Reader {
 public:
  Reader(AssetRegister& assets, const std::string& path, TimeUs written) : assets_(assets), path_(path), written_(written) {}

  Status read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (is_csv(text)) {
      read_csv(text);
    } else {
      read_yaml(text);
    }
    if (mistakes_.empty()) return {};
    std::string all;
    for (std::size_t i = 0; i < std::min(mistakes_.size(), kAssetMistakesMax); ++i) all += (i > 0 ? "\n" : "") + mistakes_[i];
    if (mistakes_.size() > kAssetMistakesMax) all += fmt::format("\n{}: and {} more mistakes", path_, mistakes_.size() - kAssetMistakesMax);
    return Error{Code::kInvalid, std::move(all)};
  }
  std::size_t count() const { return count_; }

 private:
  void mistake(Position at, const std::string& what) { mistakes_.push_back(fmt::format("{}:{}:{}: {}", path_, at.line, at.column, what)); }

  std::optional<Field> field_named(std::string_view name, Position at) {
    const auto found = std::ranges::find(kFieldNames, name);
    if (found != kFieldNames.end()) return static_cast<Field>(found - kFieldNames.begin());
    const std::string near = suggestion(name, kFieldNames);
    mistake(at, fmt::format("an asset has no '{}'; {}", name, near.empty() ? "it has name, addresses, hosts, accounts, criticality, owner and tags" : near));
    return std::nullopt;
  }

  void read_yaml(std::string_view text) {
    const auto documents = parse_yaml(text);
    if (!documents) return mistake(documents.error().at, documents.error().message);
    for (const YamlNode& document : *documents) {
      if (!document.is_mapping()) {
        mistake(document.at, "a register is a mapping with the key 'assets'");
        continue;
      }
      for (const auto& [key, value] : document.entries) {
        if (key.scalar != "assets") {
          mistake(key.at, fmt::format("a register has no '{}'; it has 'assets', a list", key.scalar));
        } else if (!value.is_sequence()) {
          mistake(value.at, "'assets' is a list of mappings, each with a name");
        } else {
          for (const YamlNode& item : value.items) read_item(item);
        }
      }
    }
  }

  void read_item(const YamlNode& item) {
    if (!item.is_mapping()) return mistake(item.at, "an asset is a mapping, such as {name: dc01, addresses: [192.0.2.10]}");
    Written written{item.at, {}};
    for (const auto& [key, value] : item.entries) {
      const std::optional<Field> field = field_named(key.scalar, key.at);
      if (!field || value.is_null()) continue;
      const bool good = value.is_scalar() || (is_list(*field) && value.is_sequence() && std::ranges::all_of(value.items, &YamlNode::is_scalar));
      if (!good) {
        mistake(value.at, fmt::format("'{}' is {}", key.scalar, is_list(*field) ? "a text or a list of texts" : "one text"));
        continue;
      }
      if (value.is_scalar()) written.values[*field].push_back({value.scalar, value.at});
      for (const YamlNode& one : value.items) written.values[*field].push_back({one.scalar, one.at});
    }
    take(written);
  }

  void read_csv(std::string_view text) {
    CsvRows rows(text);
    std::vector<std::optional<Field>> columns;
    while (rows.next()) {
      const std::vector<CsvCell>& cells = rows.cells();
      if (cells.size() == 1 && cells.front().text.empty()) continue;
      if (columns.empty()) {
        for (const CsvCell& cell : cells) columns.push_back(field_named(cell.text, {cell.line, cell.column}));
        continue;
      }
      const Position at{cells.front().line, cells.front().column};
      if (cells.size() != columns.size()) {
        mistake(at, fmt::format("this line has {} cells, the first one {}", cells.size(), columns.size()));
        continue;
      }
      Written written{at, {}};
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (columns[i]) take_cell(cells[i], *columns[i], written);
      }
      take(written);
    }
    if (!rows.trouble().empty()) mistake({rows.line(), 1}, rows.trouble());
  }

  /// Several values of a cell have semicolons between them.
  static void take_cell(const CsvCell& cell, Field field, Written& written) {
    std::string_view rest = cell.text;
    while (true) {
      const std::size_t end = is_list(field) ? std::min(rest.find(';'), rest.size()) : rest.size();
      std::string_view one = rest.substr(0, end);
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      if (!one.empty()) written.values[field].push_back({std::string(one), {cell.line, cell.column}});
      if (end == rest.size()) return;
      rest.remove_prefix(end + 1);
    }
  }

  void take(const Written& written) {
    const std::vector<Text>& names = written.values[kName];
    if (names.empty() || names.front().text.empty()) return mistake(written.at, "an asset needs a name");
    if (assets_.assets_.size() >= kAssetsMax) {
      if (!std::exchange(too_many_, true)) mistake(written.at, fmt::format("all registers together have more than {} assets", kAssetsMax));
      return;
    }
    for (std::size_t field = 0; field < kFields; ++field) {
      const std::vector<Text>& values = written.values[field];
      const std::size_t most = field == kTags ? kAssetTagsMax : kAssetValuesMax;
      if (values.size() > most) return mistake(values.front().at, fmt::format("an asset has {} {}; {} at most", values.size(), kFieldNames[field], most));
      for (const Text& value : values) {
        if (value.text.size() > kAssetTextBytesMax) return mistake(value.at, fmt::format("'{}…' has {} bytes; {} at most", value.text.substr(0, 20), value.text.size(), kAssetTextBytesMax));
      }
    }
    const auto number = static_cast<std::uint32_t>(assets_.assets_.size());
    Asset& asset = assets_.assets_.emplace_back();
    asset.fact.name = names.front().text;
    if (!written.values[kOwner].empty()) asset.fact.owner = written.values[kOwner].front().text;
    for (const Text& tag : written.values[kTags]) asset.fact.tags.push_back(tag.text);
    asset.source = {"assets", path_, fmt::format("line {}", written.at.line), written_};
    if (!written.values[kCriticality].empty()) take_criticality(written.values[kCriticality].front(), asset);
    take_keys(written, number);
    ++count_;
  }

  void take_criticality(const Text& text, Asset& asset) {
    asset.fact.criticality = text.text;
    if (std::ranges::find(kCriticalities, text.text) == kCriticalities.end()) mistake(text.at, fmt::format("'{}' is no criticality: low, medium, high or critical", text.text));
  }

  void take_keys(const Written& written, std::uint32_t number) {
    for (const Text& address : written.values[kAddresses]) {
      const std::optional<IpNetwork> network = read_network(address.text);
      if (!network) {
        mistake(address.at, fmt::format("'{}' is no address or network, such as 192.0.2.10 or 198.51.100.0/24", address.text));
      } else if (is_new(network_text(*network), "address", number, address.at)) {
        assets_.networks_.add(*network, {number, 0});
      }
    }
    std::vector<Text> hosts = written.values[kHosts];
    if (hosts.empty()) hosts.push_back(written.values[kName].front());  // most are called what they are
    for (const Text& host : hosts) {
      const std::string name = folded(host.text);
      if (is_new(name, "host", number, host.at)) assets_.hosts_.add(name, {number, 0});
    }
    for (const Text& account : written.values[kAccounts]) {
      const std::string name = folded(account.text);
      if (is_new(name, "account", number, account.at)) assets_.accounts_.add(name, {number, 0});
    }
  }

  /// Two assets with one address would leave open whose an alert is.
  bool is_new(const std::string& key, const char* what, std::uint32_t number, Position at) {
    const auto [found, added] = assets_.owners_.emplace(std::string(what) + " " + key, number);
    if (!added && found->second != number) mistake(at, fmt::format("the {} '{}' is that of the asset '{}' already", what, key, assets_.assets_[found->second].fact.name));
    return added;
  }

  AssetRegister& assets_;
  const std::string& path_;
  const TimeUs written_;
  std::vector<std::string> mistakes_;
  std::size_t count_ = 0;
  bool too_many_ = false;
};

Status AssetRegister::add(Env& env, const std::string& path) {
  const std::string text = TRY(env.read_file(path, kAssetFileBytesMax));
  const TimeUs written = env.modified_us(path);
  Reader reader(*this, path, written);
  TRY(reader.read(text));
  files_.push_back({path, written, reader.count()});
  return {};
}

void AssetRegister::finish() {
  networks_.finish();
  hosts_.finish();
  accounts_.finish();
  owners_.clear();
}

const Asset* AssetRegister::of_address(const IpAddress& address) const {
  const Asset* found = nullptr;
  networks_.each_that_holds(address, [&](const IpNetwork&, TableValue value) {
    found = &assets_[value.line];
    return false;
  });
  return found;
}

const Asset* AssetRegister::named(const NameTable& names, std::string_view name) const {
  const Asset* found = nullptr;
  names.each_of(name, [&](TableValue value) {
    found = &assets_[value.line];
    return false;
  });
  return found;
}

const Asset* AssetRegister::of_host(std::string_view host) const {
  if (hosts_.size() == 0) return nullptr;
  std::string name = folded(host);
  while (name.ends_with('$') || name.ends_with('.')) name.pop_back();
  if (const Asset* const found = named(hosts_, name)) return found;
  const std::size_t dot = name.find('.');
  return dot == std::string::npos ? nullptr : named(hosts_, std::string_view(name).substr(0, dot));
}

const Asset* AssetRegister::of_account(std::string_view account) const {
  if (accounts_.size() == 0 && hosts_.size() == 0) return nullptr;
  if (account.ends_with('$')) return of_host(account.substr(account.rfind('\\') + 1));  // that of a machine
  if (accounts_.size() == 0) return nullptr;
  const std::string name = folded(account);
  if (const Asset* const found = named(accounts_, name)) return found;
  std::string_view bare = std::string_view(name).substr(name.rfind('\\') + 1);
  bare = bare.substr(0, bare.find('@'));
  return bare == name ? nullptr : named(accounts_, bare);
}

}  // namespace tocsin::enrich
