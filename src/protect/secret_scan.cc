#include "protect/secret_scan.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "protect/words.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kBuckets = kPieceSets * kBucketsOfSet;
constexpr int kRoundsMax = 8;  // of moving pieces; three are enough for a hundred

/// Roughly how often a byte is in logs, in thousandths.
double share_of(unsigned char c) {
  if (std::string_view("etaoinsr").find(static_cast<char>(c)) != std::string_view::npos) return 40;
  if (c >= 'a' && c <= 'z') return 15;
  if (c >= '0' && c <= '9') return 18;
  if (c >= 'A' && c <= 'Z') return 7;
  if (std::string_view(" :\".-\\,=_/").find(static_cast<char>(c)) != std::string_view::npos) return 15;
  return c > ' ' && c < 0x7f ? 2 : 0.1;
}

/// What one place of a bucket lets through: halves of bytes, seldom just the bytes that were put in.
struct Halves {
  std::uint16_t low = 0, high = 0;

  void take(char c) {
    low |= static_cast<std::uint16_t>(1u << (static_cast<unsigned char>(c) & 15));
    high |= static_cast<std::uint16_t>(1u << (static_cast<unsigned char>(c) >> 4));
  }
  void take(char c, bool exact) {
    if (c == kAnyByte) {
      low = high = 0xffff;
      return;
    }
    take(c);
    if (!exact && is_letter(c)) take(static_cast<char>(c ^ 0x20));
  }
  double weight(const std::array<double, 128>& shares) const {
    double sum = 0;
    for (std::size_t row = 0; row < 8; ++row) {
      if ((high >> row & 1) == 0) continue;
      for (std::size_t column = 0; column < 16; ++column) sum += (low >> column & 1) != 0 ? shares[row * 16 + column] : 0;
    }
    return sum / 1000;
  }
};

using Bucket = std::array<Halves, kPieceSize>;

/// Deals pieces into buckets so that few places of a log fit any.
class Dealer {
 public:
  explicit Dealer(std::span<const Piece> pieces) : pieces_(pieces) {
    for (std::size_t c = 0; c < shares_.size(); ++c) shares_[c] = share_of(static_cast<unsigned char>(c));
    bucket_of_.fill(kBuckets);
  }

  void deal() {
    bool moved = true;
    for (int round = 0; moved && round < kRoundsMax; ++round) {
      moved = false;
      for (std::size_t i = 0; i < pieces_.size(); ++i) moved |= move(i);
    }
  }
  const Bucket& bucket(std::size_t b) const { return buckets_[b]; }

 private:
  static Bucket with(Bucket bucket, const Piece& piece) {
    for (std::size_t k = 0; k < kPieceSize; ++k) bucket[k].take(piece.bytes[k], piece.exact);
    return bucket;
  }
  double weight(const Bucket& bucket) const {
    double product = 1;
    for (const Halves& place : bucket) product *= place.weight(shares_);
    return product;
  }
  void fill(std::size_t b) {
    buckets_[b] = {};
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (bucket_of_[i] == b) buckets_[b] = with(buckets_[b], pieces_[i]);
    }
    weights_[b] = weight(buckets_[b]);
  }
  /// To the bucket that it makes the least heavier. True if that is another than before.
  bool move(std::size_t i) {
    const std::size_t before = bucket_of_[i];
    bucket_of_[i] = kBuckets;
    if (before < kBuckets) fill(before);
    std::size_t best = 0;
    double least = 2;
    for (std::size_t b = 0; b < kBuckets; ++b) {
      const double more = weight(with(buckets_[b], pieces_[i])) - weights_[b];
      if (more < least) best = b, least = more;
    }
    bucket_of_[i] = best;
    fill(best);
    return best != before;
  }

  std::span<const Piece> pieces_;
  std::array<double, 128> shares_;
  std::array<std::size_t, PieceScan::kPiecesMax> bucket_of_;  // kBuckets: none yet
  std::array<Bucket, kBuckets> buckets_ = {};
  std::array<double, kBuckets> weights_ = {};
};

}  // namespace

PieceScan::PieceScan(std::span<const Piece> pieces, PieceKernel kernel) : size_(std::min(pieces.size(), kPiecesMax)), kernel_(kernel) {
  fill_rows(pieces.first(size_));
  fill_tables(pieces.first(size_));
}

void PieceScan::fill_rows(std::span<const Piece> pieces) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    Entry& entry = entries_[i];
    entry.piece = static_cast<std::uint8_t>(i);
    for (std::size_t k = 0; k < kPieceSize; ++k) {
      const char c = pieces[i].bytes[k];
      const std::uint32_t mask = c == kAnyByte ? 0u : !pieces[i].exact && is_letter(c) ? 0xdfu : 0xffu;
      entry.mask |= mask << 8 * k;
      entry.value |= (static_cast<unsigned char>(c) & mask) << 8 * k;
    }
    entry.row = row_of(entry.value);
  }
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(pieces.size());
  std::sort(entries_.begin(), end, [](const Entry& a, const Entry& b) { return a.row != b.row ? a.row < b.row : a.piece < b.piece; });
  for (std::size_t i = pieces.size(); i-- > 0;) tables_.rows[entries_[i].row] = static_cast<std::uint8_t>(i + 1);
}

void PieceScan::fill_tables(std::span<const Piece> pieces) {
  Dealer dealer(pieces);
  dealer.deal();
  for (std::size_t b = 0; b < kBuckets; ++b) {
    const Bucket& bucket = dealer.bucket(b);
    const std::size_t set = b / kBucketsOfSet;
    const auto bit = static_cast<std::uint8_t>(1u << b % kBucketsOfSet);
    for (std::size_t k = 0; k < kPieceSize; ++k) {
      for (std::size_t half = 0; half < 16; ++half) {
        if ((bucket[k].low >> half & 1) != 0) tables_.low[set][k][half] |= bit;
        if ((bucket[k].high >> half & 1) != 0) tables_.high[set][k][half] |= bit;
      }
    }
  }
}

void scan_pieces_portable(const PieceTables& tables, std::string_view text, std::size_t from, void* context, PieceVisit visit) {
  for (std::size_t at = from; at + kPieceSize <= text.size(); ++at) {
    if (tables.rows[row_of(word_at(text.data() + at))] != 0) visit(context, at);
  }
}

#if defined(__x86_64__)
namespace {

struct WideTables {
  __m256i low[kPieceSets][kPieceSize], high[kPieceSets][kPieceSize];
};

__attribute__((target("avx2"))) inline __m256i wide(const std::uint8_t* table) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
}

/// A byte is not zero where the four bytes from there on fit some bucket.
__attribute__((target("avx2"))) inline __m256i fit(const WideTables& tables, const char* at) {
  const __m256i half = _mm256_set1_epi8(15);
  __m256i fits[kPieceSets] = {_mm256_set1_epi8(-1), _mm256_set1_epi8(-1)};
  for (std::size_t k = 0; k < kPieceSize; ++k) {
    const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + k));
    const __m256i low = _mm256_and_si256(c, half), high = _mm256_and_si256(_mm256_srli_epi16(c, 4), half);
    for (std::size_t set = 0; set < kPieceSets; ++set) {
      const __m256i both = _mm256_and_si256(_mm256_shuffle_epi8(tables.low[set][k], low), _mm256_shuffle_epi8(tables.high[set][k], high));
      fits[set] = _mm256_and_si256(fits[set], both);
    }
  }
  return _mm256_or_si256(fits[0], fits[1]);
}

}  // namespace

__attribute__((target("avx2"))) void scan_pieces_avx2(const PieceTables& narrow, std::string_view text, std::size_t from, void* context, PieceVisit visit) {
  if (text.size() < from + 32 + kPieceSize - 1) return scan_pieces_portable(narrow, text, from, context, visit);
  WideTables tables;
  for (std::size_t set = 0; set < kPieceSets; ++set) {
    for (std::size_t k = 0; k < kPieceSize; ++k) tables.low[set][k] = wide(narrow.low[set][k]), tables.high[set][k] = wide(narrow.high[set][k]);
  }
  const std::size_t places = text.size() - (kPieceSize - 1);
  for (std::size_t next = from; next < places; next += 32) {
    const std::size_t at = next + 32 <= places ? next : places - 32;  // the last block overlaps the one before
    const __m256i fits = fit(tables, text.data() + at);
    if (_mm256_testz_si256(fits, fits) != 0) [[likely]] continue;
    std::uint32_t hits = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(fits, _mm256_setzero_si256())));
    hits &= 0xffffffffu << (next - at);
    for (; hits != 0; hits &= hits - 1) visit(context, at + static_cast<std::size_t>(__builtin_ctz(hits)));
  }
}
#endif

PieceKernel best_piece_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw")) return scan_pieces_avx512;
  if (__builtin_cpu_supports("avx2")) return scan_pieces_avx2;
#endif
  return scan_pieces_portable;
}

}  // namespace tocsin::protect
