#include "report/audit/audit_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/check.h"

namespace tocsin::audit {

namespace {

constexpr std::string_view kMagic = "TOCSINM1", kUnfinished = ".new";
constexpr unsigned kNodeLevels = 8;
constexpr std::uint64_t kLeavesPerNode = std::uint64_t{1} << kNodeLevels;
constexpr std::uint64_t kRootAt = kMagic.size(), kNodesAt = kRootAt + sizeof(Hash);
/// "time in microseconds" and for each source "position name", a line each.
constexpr std::size_t kSummaryBytesMax = 32 + kAuditSourcesMax * (kAuditSourceNameBytesMax + 32);

/// The root of a complete subtree over these nodes, a power of two of them.
Hash combined(std::vector<Hash> nodes) {
  for (; nodes.size() > 1; nodes.resize(nodes.size() / 2)) {
    for (std::size_t i = 0; i < nodes.size() / 2; ++i) nodes[i] = node_hash(nodes[2 * i], nodes[2 * i + 1]);
  }
  return nodes.front();
}

void append_bytes(std::string& out, std::span<const Hash> hashes) { out.append(reinterpret_cast<const char*>(hashes.data()), hashes.size_bytes()); }

std::vector<Hash> hashes_in(std::string_view bytes) {
  std::vector<Hash> hashes(bytes.size() / sizeof(Hash));
  std::memcpy(hashes.data(), bytes.data(), hashes.size() * sizeof(Hash));
  return hashes;
}

void append_number(std::string& out, std::uint64_t number) {
  for (unsigned i = 0; i < 8; ++i) out += static_cast<char>(number >> (8 * i));
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (unsigned i = 8; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

Result<std::string> read_part(Env& env, const std::string& path, std::uint64_t offset, std::size_t size) {
  const std::unique_ptr<WatchedFile> file = TRY(env.open_watched(path));
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const std::size_t more = TRY(file->read_at(offset + got, bytes.data() + got, size - got));
    if (more == 0) return Error{Code::kInvalid, path + ": is shorter than it was"};
    got += more;
  }
  return bytes;
}

/// Fits behind what is known of its source.
Status check_position(const AuditEntry& entry, std::uint64_t last) {
  if (entry.source.size() > kAuditSourceNameBytesMax || entry.source.find('\n') != std::string::npos) return Error{Code::kInvalid, "a source of the audit log has a short name"};
  if (entry.position <= last) return Error{Code::kInvalid, fmt::format("{} of source {} is in the audit log already, which has it up to {}", entry.position, entry.source, last)};
  return {};
}

}  // namespace

AuditLog::Layout::Layout(std::uint64_t leaves)
    : hashes(kNodesAt + leaves / kLeavesPerNode * sizeof(Hash)), ends(hashes + leaves * sizeof(Hash)), summary(ends + leaves * sizeof(std::uint64_t)) {}

void AuditLog::Leaves::add(const Hash& hash, std::uint64_t end) {
  hashes.push_back(hash);
  ends.push_back(end);
  if (hashes.size() % kLeavesPerNode == 0) nodes.push_back(combined(std::vector<Hash>(hashes.end() - kLeavesPerNode, hashes.end())));
}

Hash AuditLog::Leaves::root() const {
  TOCSIN_CHECK(!nodes.empty(), size());
  return combined(nodes);
}

Result<std::unique_ptr<AuditLog>> AuditLog::open_to_write(Env& env, const std::string& folder, std::uint64_t signed_size, std::uint64_t leaves_per_file) {
  TRY(env.make_folder(folder));
  std::unique_ptr<AuditLog> log(new AuditLog(env, folder, leaves_per_file));
  TRY(log->load(true, signed_size));
  return log;
}

Result<std::unique_ptr<AuditLog>> AuditLog::open_to_read(Env& env, const std::string& folder, std::uint64_t leaves_per_file) {
  std::unique_ptr<AuditLog> log(new AuditLog(env, folder, leaves_per_file));
  TRY(log->load(false, 0));
  return log;
}

Status AuditLog::load(bool writes, std::uint64_t signed_size) {
  const std::vector<std::uint64_t> files = TRY(leaf_files(env_, folder_));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::uint64_t first = i * per_file_;
    if (files[i] != first) return Error{Code::kInvalid, fmt::format("{}: is missing", path(leaf_file_name(first)))};
    TRY(i + 1 < files.size() ? load_full(first, writes) : load_tail(first, writes, signed_size));
  }
  if (size() >= signed_size) return {};
  return Error{Code::kInvalid, fmt::format("{}: has {} leaves, but {} were signed: the end is missing", folder_, size(), signed_size)};
}

Status AuditLog::load_full(std::uint64_t first, bool writes) {
  if (read_summary(first)) return {};
  // Without its index, which can be made again.
  if (read_lines(first, tail_).value_or(End::kTorn) != End::kWhole || tail_.size() != per_file_) {
    return Error{Code::kInvalid, fmt::format("{}: is damaged behind line {}; `tocsin audit verify` says more", path(leaf_file_name(first)), tail_.size())};
  }
  if (writes) return close_tail();
  full_.push_back(tail_.root());
  without_index_[first] = std::exchange(tail_, {});
  return {};
}

Status AuditLog::load_tail(std::uint64_t first, bool writes, std::uint64_t signed_size) {
  const End end = TRY(read_lines(first, tail_));
  if (!writes) return {};
  if (end == End::kTorn && size() < signed_size) {
    return Error{Code::kInvalid, fmt::format("{}: line {} is damaged, and it was signed; `tocsin audit verify` says more", path(leaf_file_name(first)), tail_.size() + 1)};
  }
  const std::uint64_t bytes = TRY(env_.status_of(path(leaf_file_name(first)))).size;
  cut_bytes_ = bytes - std::min(bytes, tail_.bytes());
  // What is not signed may be of a sync that failed, and so in memory only.
  if (end == End::kTorn || size() > signed_size) TRY(rewrite_tail());
  if (tail_.size() == per_file_) return close_tail();
  if (file_ == nullptr) file_ = TRY(env_.open_durable(path(leaf_file_name(first)), false));
  return {};
}

Result<AuditLog::End> AuditLog::read_lines(std::uint64_t first, Leaves& leaves) {
  LineReader lines = TRY(LineReader::open(env_, path(leaf_file_name(first))));
  while (true) {
    const Result<std::optional<std::string_view>> line = lines.next();
    if (!line && line.error().code == Code::kInvalid) return End::kTorn;
    if (!line) return line.error();
    if (!*line) return lines.is_torn() ? End::kTorn : End::kWhole;
    const Result<LeafFacts> facts = read_leaf(**line);
    if (!facts || facts->number != first + leaves.size() || leaves.size() == per_file_ || facts->position <= last_position(facts->source)) return End::kTorn;
    positions_[facts->source] = facts->position;
    last_logged_ = facts->logged;
    leaves.add(leaf_hash(**line), lines.end());
  }
}

/// What an index says at its beginning and at its end.
Status AuditLog::read_summary(std::uint64_t first) {
  const std::string head = TRY(read_index(first, 0, kNodesAt));
  const std::uint64_t bytes = TRY(env_.status_of(path(index_file_name(first)))).size;
  const Error wrong{Code::kInvalid, path(index_file_name(first)) + ": is no index"};
  if (!head.starts_with(kMagic) || bytes <= layout_.summary || bytes > layout_.summary + kSummaryBytesMax) return wrong;
  const std::string summary = TRY(read_index(first, layout_.summary, bytes - layout_.summary));
  if (!summary.ends_with('\n')) return wrong;
  Positions positions;
  TimeUs logged = kNoTime;
  for (std::string_view rest = summary; !rest.empty();) {
    std::uint64_t number = 0;
    const std::size_t end = rest.find('\n');
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + end, number);
    const std::size_t digits = stop - rest.data();
    if (error != std::errc() || (digits != end && *stop != ' ')) return wrong;
    if (digits == end) {
      logged = static_cast<TimeUs>(number);
    } else {
      positions[std::string(rest.substr(digits + 1, end - digits - 1))] = number;
    }
    rest.remove_prefix(end + 1);
  }
  full_.push_back(hashes_in(std::string_view(head).substr(kRootAt)).front());
  positions_ = std::move(positions);
  last_logged_ = logged;
  return {};
}

std::string AuditLog::index_of(const Leaves& leaves) const {
  std::string index(kMagic);
  append_bytes(index, std::vector<Hash>{leaves.root()});
  append_bytes(index, leaves.nodes);
  append_bytes(index, leaves.hashes);
  for (const std::uint64_t end : leaves.ends) append_number(index, end);
  index += fmt::format("{}\n", last_logged_);
  for (const auto& [source, position] : positions_) index += fmt::format("{} {}\n", position, source);
  return index;
}

Result<std::string> AuditLog::read_index(std::uint64_t first, std::uint64_t offset, std::size_t size) const { return read_part(env_, path(index_file_name(first)), offset, size); }

/// The last file is full: its index is written, and the next leaf begins another one.
Status AuditLog::close_tail() {
  TRY(put_file(index_file_name(tail_first()), index_of(tail_)));
  full_.push_back(tail_.root());
  tail_ = {};
  file_.reset();
  return {};
}

Status AuditLog::put_file(const std::string& name, std::string_view bytes) {
  const std::string unfinished = path(name + std::string(kUnfinished));
  if (env_.exists(unfinished)) TRY(env_.remove_file(unfinished));
  const std::unique_ptr<DurableFile> file = TRY(env_.create_durable(unfinished));
  TRY(file->append(bytes));
  TRY(file->sync());
  TRY(env_.rename_file(unfinished, path(name)));
  return env_.sync_folder(folder_);
}

/// In place of a file of which more was written than is known to be safe.
Status AuditLog::rewrite_tail() {
  file_.reset();
  const std::string name = leaf_file_name(tail_first());
  const std::string good = tail_.bytes() == 0 ? std::string() : TRY(read_part(env_, path(name), 0, tail_.bytes()));
  TRY(put_file(name, good));
  file_ = TRY(env_.open_durable(path(name), false));
  is_lost_ = false;
  return {};
}

Status AuditLog::append(std::span<const AuditEntry> entries, TimeUs now) {
  if (entries.size() > kAppendLeavesMax) return Error{Code::kLimit, fmt::format("more than {} leaves at once", kAppendLeavesMax)};
  Positions positions = positions_;
  for (const AuditEntry& entry : entries) {
    std::uint64_t& last = positions[entry.source];
    TRY(check_position(entry, last));
    last = entry.position;
  }
  if (positions.size() > kAuditSourcesMax) return Error{Code::kLimit, fmt::format("the audit log has more than {} sources", kAuditSourcesMax)};
  while (!entries.empty()) {
    if (tail_.size() == per_file_) TRY(close_tail());
    const std::span<const AuditEntry> fitting = entries.first(std::min<std::size_t>(entries.size(), per_file_ - tail_.size()));
    TRY(append_some(fitting, now));
    entries = entries.subspan(fitting.size());
  }
  return {};
}

Status AuditLog::append_some(std::span<const AuditEntry> entries, TimeUs logged) {
  std::string lines;
  std::vector<std::pair<Hash, std::uint64_t>> leaves;
  for (const AuditEntry& entry : entries) {
    const std::string line = TRY(leaf_of(entry, size() + leaves.size(), logged));
    if (line.size() > kLeafBytesMax) return Error{Code::kLimit, fmt::format("{} of source {} makes a leaf of more than {} bytes", entry.position, entry.source, kLeafBytesMax)};
    lines.append(line).append("\n");
    leaves.emplace_back(leaf_hash(line), tail_.bytes() + lines.size());
  }
  if (is_lost_) TRY(rewrite_tail());
  if (const Status written = write_lines(lines); !written) {
    is_lost_ = true;
    return written;
  }
  for (const auto& [hash, end] : leaves) tail_.add(hash, end);
  for (const AuditEntry& entry : entries) positions_[entry.source] = entry.position;
  last_logged_ = logged;
  return {};
}

Status AuditLog::write_lines(const std::string& lines) {
  const bool is_new = file_ == nullptr;
  if (is_new) file_ = TRY(env_.create_durable(path(leaf_file_name(tail_first()))));
  TRY(file_->append(lines));
  TRY(file_->sync());
  return is_new ? env_.sync_folder(folder_) : Status();
}

/// `count` nodes of level 0 or 8 from `from` on, all in one file.
Result<std::vector<Hash>> AuditLog::nodes(unsigned level, std::uint64_t from, std::uint64_t count) const {
  const std::uint64_t first = (from << level) / per_file_ * per_file_, at = from - (first >> level);
  const auto kept = without_index_.find(first);
  const Leaves* const leaves = first == tail_first() ? &tail_ : kept == without_index_.end() ? nullptr : &kept->second;
  if (leaves == nullptr) return hashes_in(TRY(read_index(first, (level == 0 ? layout_.hashes : kNodesAt) + at * sizeof(Hash), count * sizeof(Hash))));
  const std::vector<Hash>& all = level == 0 ? leaves->hashes : leaves->nodes;
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
  return std::vector<Hash>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

Result<Hash> AuditLog::subtree(unsigned level, std::uint64_t index) const {
  const auto file_levels = static_cast<unsigned>(std::countr_zero(per_file_));
  if (level < file_levels) {
    const unsigned from_level = level < kNodeLevels ? 0 : kNodeLevels, above = level - from_level;
    return combined(TRY(nodes(from_level, index << above, std::uint64_t{1} << above)));
  }
  const unsigned above = level - file_levels;
  std::vector<Hash> roots;
  for (std::uint64_t file = index << above; file < (index + 1) << above; ++file) roots.push_back(file_root(file));
  return combined(std::move(roots));
}

Result<Hash> AuditLog::root_at(std::uint64_t size) const {
  if (size > this->size()) return Error{Code::kInvalid, fmt::format("the audit log has {} leaves, not {}", this->size(), size)};
  return root_of(size, [this](unsigned level, std::uint64_t index) { return subtree(level, index); });
}

Result<std::string> AuditLog::leaf(std::uint64_t number) const {
  if (number >= size()) return Error{Code::kNotFound, fmt::format("the audit log has {} leaves, and so no leaf {}; they are counted from 0", size(), number)};
  const std::uint64_t first = number / per_file_ * per_file_, at = number - first;
  const auto kept = without_index_.find(first);
  const Leaves* const leaves = first == tail_first() ? &tail_ : kept == without_index_.end() ? nullptr : &kept->second;
  std::uint64_t begin = 0, end = 0;
  if (leaves != nullptr) {
    begin = at == 0 ? 0 : leaves->ends[at - 1];
    end = leaves->ends[at];
  } else {
    const std::uint64_t from = at == 0 ? 0 : at - 1;
    const std::string ends = TRY(read_index(first, layout_.ends + from * 8, (at - from + 1) * 8));
    begin = at == 0 ? 0 : number_at(ends, 0);
    end = number_at(ends, ends.size() - 8);
  }
  if (end <= begin || end - begin > kLeafBytesMax + 1) return Error{Code::kInvalid, path(index_file_name(first)) + ": is damaged"};
  std::string line = TRY(read_part(env_, path(leaf_file_name(first)), begin, end - begin));
  line.pop_back();
  return line;
}

Result<std::vector<Hash>> AuditLog::inclusion(std::uint64_t number, std::uint64_t size) const {
  if (size > this->size()) return Error{Code::kInvalid, fmt::format("the audit log has {} leaves, not {}", this->size(), size)};
  return inclusion_proof(number, size, [this](unsigned level, std::uint64_t index) { return subtree(level, index); });
}

Result<std::vector<Hash>> AuditLog::consistency(std::uint64_t before, std::uint64_t size) const {
  if (size > this->size()) return Error{Code::kInvalid, fmt::format("the audit log has {} leaves, not {}", this->size(), size)};
  return consistency_proof(before, size, [this](unsigned level, std::uint64_t index) { return subtree(level, index); });
}

std::uint64_t AuditLog::last_position(std::string_view source) const {
  const auto found = positions_.find(source);
  return found == positions_.end() ? 0 : found->second;
}

}  // namespace tocsin::audit
