// Where in a text do some of these few literals stand? Looks at 32 or 64 places at once; good for up to some hundred
// literals, of any length from one byte. Used for keyword rules over raw records and for the short literals of StringSet.
//
// The idea is Teddy's (from Hyperscan, Wang et al., NSDI 2019, section on literal matching): each literal lends three
// neighbouring bytes, its fingerprint; literals are dealt into eight buckets; two 16-entry tables per position, indexed
// by the halves of a byte, say which buckets that byte fits; three pairs of look-ups and an `and` test every place. Only
// where a bucket survives are its literals compared.
//
// Immutable, safe from any thread. Reads nothing outside the text.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::plan {

/// What the kernels read; plain, so that each can be compiled for its own instruction set.
struct ScanTables {
  alignas(16) std::uint8_t low[3][16] = {};
  alignas(16) std::uint8_t high[3][16] = {};
  alignas(64) std::uint8_t whole[3][128] = {};  // by the low seven bits of a byte, for machines that can look up so many
};
/// Called for a place whose bytes fit some buckets; true ends the scan.
using ScanVerify = bool (*)(const void* context, const char* at, std::uint8_t buckets);
/// True if verify ended the scan. `non_ascii` is set if a byte that was looked at is not ASCII.
using ScanKernel = bool (*)(const ScanTables&, const char* text, std::size_t size, const void* context, ScanVerify verify,
                            bool& non_ascii);

bool scan_portable(const ScanTables&, const char*, std::size_t, const void*, ScanVerify, bool&);
#if defined(__x86_64__)
bool scan_avx2(const ScanTables&, const char*, std::size_t, const void*, ScanVerify, bool&);
bool scan_avx512(const ScanTables&, const char*, std::size_t, const void*, ScanVerify, bool&);
#endif
ScanKernel best_scan_kernel();

class LiteralScan {
 public:
  struct Literal {
    std::string text;       // not empty
    std::uint32_t id = 0;
  };
  /// `fold_ascii`: ASCII letters of the text count without case (the literals are folded).
  LiteralScan(std::vector<Literal> literals, bool fold_ascii, ScanKernel kernel = best_scan_kernel());

  bool empty() const { return size_ == 0; }
  /// Calls found(id) for every occurrence.
  template <class Found>
  void find(std::string_view text, Found& found) const {
    Visit<Found> visit{{this, text.data(), text.data() + text.size()}, &found};
    bool non_ascii = false;
    kernel_(tables_, text.data(), text.size(), &visit, verify<Found>, non_ascii);
  }
  /// True if any stands in the text; `non_ascii` is certain only where the answer is false.
  bool any(std::string_view text, bool& non_ascii) const;

 private:
  struct Place {
    std::string text;
    std::uint32_t id = 0, fingerprint_at = 0;
  };
  /// The fingerprint as a number: ((bytes | fold) & mask) == print. Most survivors of the tables fail it.
  struct Print {
    std::uint32_t print = 0, mask = 0, fold = 0;
  };
  struct Bucket {
    std::vector<Print> prints;  // of each place
    std::vector<Place> places;
  };
  struct Range {
    const LiteralScan* self;
    const char* begin;
    const char* end;
  };
  template <class Found>
  struct Visit {
    Range range;
    Found* found;
  };
  template <class Found>
  static bool verify(const void* context, const char* at, std::uint8_t buckets) {
    const auto* visit = static_cast<const Visit<Found>*>(context);
    for_each_standing(visit->range, at, buckets, [&](const Place& place) { return (*visit->found)(place.id), false; });
    return false;
  }
  /// Calls visit(place) for every literal that stands there, until it says true; says whether it did.
  template <class Visitor>
  static bool for_each_standing(const Range& range, const char* at, std::uint8_t buckets, Visitor visit) {
    std::uint32_t bytes = 0;
    const std::ptrdiff_t left_bytes = range.end - at;
    std::memcpy(&bytes, at, left_bytes >= 4 ? 4 : static_cast<std::size_t>(left_bytes));
    for (unsigned left = buckets; left != 0; left &= left - 1) {
      const Bucket& bucket = range.self->buckets_[static_cast<std::size_t>(__builtin_ctz(left))];
      for (std::size_t i = 0; i < bucket.prints.size(); ++i) {
        const Print& print = bucket.prints[i];
        if (((bytes | print.fold) & print.mask) != print.print) [[likely]] continue;
        if (stands_at(range, bucket.places[i], at) && visit(bucket.places[i])) return true;
      }
    }
    return false;
  }
  static bool verify_any(const void* context, const char* at, std::uint8_t buckets);
  static bool stands_at(const Range& range, const Place& place, const char* fingerprint);

  ScanTables tables_;
  std::array<Bucket, 8> buckets_;
  std::size_t size_ = 0;
  bool fold_ascii_;
  ScanKernel kernel_;
};

}  // namespace tocsin::plan
