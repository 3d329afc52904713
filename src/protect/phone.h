// Telephone numbers in text. Logs are full of digits, so two questions are asked in this order: is it written as people write such numbers, which costs some
// hundred nanoseconds and no memory, and then, of the few that are, does the numbering plan of some country have it, which libphonenumber knows (20 to 50 µs; the last
// answers are remembered). Where neither says so for certain, a word beside it has to: "tel", "mobile", "call", as a word or as a key. Used by protect/finder.h.
// One thread each; what finders share is the library's tables, which any thread may read. Nothing fails: what is in doubt is not found.
//
//   PhoneFinder finder("DE");
//   finder.phone_at("Tel. 089 72 63 41", 5);   // Finding{5, 17, Kind::kPhone}
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protect/finding.h"

namespace tocsin::protect {

/// Whether the library can hold digits, dialled in the United States and without a '+', for a number: those have ten digits, or are of the seven with
/// 310 that all of Canada shares, all others begin with 1 or with 011. No is certain, and costs next to nothing.
bool may_be_american(std::string_view digits);

/// Phone numbers: by libphonenumber, which knows the plans of all countries. One per thread of work; making the first one loads some MB of tables, so it
/// is made when the first candidate is met.
class PhoneFinder {
 public:
  /// `region`: how numbers without a country code are read; ISO 3166-1. One that the library does not know leaves the numbers that have a country code or a
  /// word beside them.
  explicit PhoneFinder(std::string region = "US");
  ~PhoneFinder();
  PhoneFinder(PhoneFinder&&) noexcept;
  PhoneFinder& operator=(PhoneFinder&&) noexcept;

  /// The number that begins at `at`, where '+', '(' or a digit begins a group. Nothing if none does. It begins there and ends behind the last digit, that of an
  /// extension included. At most 64 bytes ahead and 64 back are looked at.
  std::optional<Finding> phone_at(std::string_view text, std::size_t at);
  /// Whether the region is the United States, of which it is known how numbers are written that need no word.
  bool is_american() const { return is_american_; }

  /// How many candidates came past the form, and for how many the library was asked: what bench/ and tests measure.
  struct Counts {
    std::size_t candidates = 0, asked = 0;
  };
  Counts counts() const;

 private:
  class Plans;  // the library and what it last said; phone.cc alone sees the library's headers
  Plans& plans();

  std::string region_;
  bool is_american_;               // "US": its plan is known here, too
  std::unique_ptr<Plans> plans_;  // made with the first candidate
  std::size_t candidates_ = 0;
};

}  // namespace tocsin::protect
