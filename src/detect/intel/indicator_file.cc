#include "detect/intel/indicator_file.h"

#include <fmt/format.h>

#include "detect/intel/entry_lines.h"
#include "detect/intel/json_items.h"

namespace tocsin::intel {

namespace {

constexpr std::size_t kPieceBytes = 256u << 10;

Error too_large(const std::string& path) { return {Code::kLimit, fmt::format("{}: has more than {} GiB; a file of indicators has that at most", path, kIndicatorFileBytesMax >> 30)}; }

/// The next piece into `into`; "" at the end.
class Pieces {
 public:
  Pieces(std::string path, std::unique_ptr<File> file) : path_(std::move(path)), file_(std::move(file)), room_(kPieceBytes, '\0') {}
  Result<std::string_view> next() {
    const std::size_t size = TRY(file_->read(room_.data(), room_.size()));
    read_ += size;
    if (read_ > kIndicatorFileBytesMax) return too_large(path_);
    return std::string_view(room_).substr(0, size);
  }

 private:
  const std::string path_;
  const std::unique_ptr<File> file_;
  std::string room_;
  std::uint64_t read_ = 0;
};

/// STIX has `objects`, in a bundle and in what a TAXII server answers; MISP has `Attribute`, in events and in their objects.
Status read_objects(const EntrySink& sink, Pieces& pieces, std::string_view piece) {
  ObjectEntries entries(sink);
  Status status;
  JsonItems items({"objects", "Attribute"}, [&](std::string_view object, std::uint32_t number) {
    status = entries.object(object, number);
    return static_cast<bool>(status);
  });
  while (!piece.empty() && items.feed(piece)) piece = TRY(pieces.next());
  TRY(status);
  entries.finish();
  if (!items.finish()) return Error{Code::kInvalid, fmt::format("{}: is no JSON, {}", sink.path, items.trouble())};
  return {};
}

Status read_lines(const EntrySink& sink, Pieces& pieces, std::string_view piece) {
  LineEntries entries(sink);
  for (; !piece.empty(); piece = TRY(pieces.next())) TRY(entries.feed(piece));
  return entries.feed({});
}

}  // namespace

void EntrySink::refuse(const std::string& where, std::string_view entry, std::string_view why) const { note_refused(notes, counts.refused, where, entry, why); }

void EntrySink::tell_part(const std::string& where, std::string_view entry, std::string_view left_out) const {
  if (++counts.partly <= kRefusedShownMax) notes.push_back(fmt::format("{}: '{}' is asked for without what it joins by AND: {}", where, entry.substr(0, kRefusedBytesMax), left_out));
}

Status EntrySink::keep(const Indicator& indicator) const {
  ++counts.taken;
  return take(indicator);
}

Status read_indicator_file(Env& env, const std::string& path, const TakeIndicator& take, FileCounts& counts, std::vector<std::string>& notes) {
  Pieces pieces(path, TRY(env.open(path)));
  const EntrySink sink{path, take, counts, notes};
  const std::string_view first = TRY(pieces.next());
  const std::size_t begin = first.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool json = begin != std::string_view::npos && (first[begin] == '{' || (first[begin] == '[' && first.find_first_of("{]", begin) != std::string_view::npos && first.find_first_not_of(" \t\r\n", begin + 1) == first.find_first_of("{]", begin)));
  if (json) counts.place_word = "object";
  TRY(json ? read_objects(sink, pieces, first) : read_lines(sink, pieces, first));
  note_more_refused(notes, path, counts.refused);
  if (counts.partly > kRefusedShownMax) notes.push_back(fmt::format("{}: {} more entries are asked for without a part of what they join by AND", path, counts.partly - kRefusedShownMax));
  if (counts.taken == 0 && counts.refused > 0) return Error{Code::kInvalid, fmt::format("{}: not one of its {} entries is an indicator that can be used", path, counts.refused)};
  if (json && counts.taken + counts.refused + counts.retired == 0) {
    notes.push_back(fmt::format("{}: has no indicators: no object of type 'indicator' (STIX 2.1) and no 'Attribute' (MISP)", path));
  }
  return {};
}

}  // namespace tocsin::intel
