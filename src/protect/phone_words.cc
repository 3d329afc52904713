#include "protect/phone_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "base/text.h"
#include "protect/word_filter.h"
#include "protect/words.h"

namespace tocsin::protect {
namespace {

/// Words that say that a number beside them is a phone's, folded; in the larger languages.
constexpr auto kPhoneWords = std::to_array<std::string_view>({
    "answer", "answering", "call", "cell", "cellphone", "cellular", "cellulare", "celular", "contact", "contacted", "dial", "dialed", "dialled",
    "faks", "fax", "handy", "handynummer", "helpline", "hotline", "landline", "mob", "mobiel", "mobil", "mobile", "mobilenumber", "mobilnummer",
    "movil", "msisdn", "móvil", "natel", "pager", "phone", "phoneno", "phonenumber", "phones", "puh", "puhelin", "reach", "rufnummer", "sms", "tel",
    "telefax", "telefon", "telefone", "telefonnummer", "telefono", "telefoon", "telephone", "telno", "teléfono", "tfno", "tlf", "tél", "téléphone",
    "whatsapp", "тел", "телефон", "手机", "电话", "電話", "電話番号", "전화"});
/// The same for digits in groups only: of bare ones, what is "reached" may be any number.
constexpr auto kVerbs = std::to_array<std::string_view>({"reached", "ring", "text"});
/// What may stand between such a word and a bare run of digits: "phone number to reach you at".
constexpr auto kFillers = std::to_array<std::string_view>({
    "a", "al", "an", "at", "au", "business", "country", "day", "daytime", "direct", "emergency", "evening", "her", "him", "his", "home", "is",
    "line", "main", "me", "my", "no", "now", "nr", "num", "number", "numbers", "numero", "nummer", "numéro", "número", "of", "office", "on", "or",
    "our", "please", "primary", "private", "secondary", "the", "them", "to", "unter", "us", "value", "via", "work", "you", "your"});
/// Words of other numbers: one between the phone's word and the digits says that they are not the phone's.
constexpr auto kOtherNumbers = std::to_array<std::string_view>({
    "account", "acct", "amount", "birth", "born", "bytes", "card", "case", "date", "dob", "docket", "ein", "iban", "id", "ids", "imei", "imsi",
    "invoice", "ip", "isbn", "license", "mac", "mrn", "order", "passport", "pid", "policy", "port", "ref", "reference", "serial", "size", "ssn",
    "tax", "ticket", "tid", "time", "uid", "uuid", "ver", "version", "vin", "zip"});
/// Words that follow a number and name it: "212-555-0123 fax", "(mobile)".
constexpr auto kWordsBehind = std::to_array<std::string_view>({
    "cell", "cellular", "fax", "handy", "mob", "mobil", "mobile", "office", "pager", "phone", "tel", "telephone", "whatsapp"});
constexpr std::size_t place_of(std::string_view word) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(word[at]); };
  return (byte(0) * 37u + byte(word.size() - 1) * 101u + byte(word.size() / 2) * 17u + word.size() * 7u) % 1024;
}

/// All words, each at its place or the next free one.
struct WordTable {
  struct Entry {
    std::string_view word = {};
    std::uint8_t says = 0;
  };
  std::array<Entry, 1024> entries = {};

  constexpr void add(std::span<const std::string_view> words, std::uint8_t says) {
    for (const std::string_view word : words) {
      std::size_t at = place_of(word);
      while (!entries[at].word.empty() && entries[at].word != word) at = (at + 1) % entries.size();
      entries[at].word = word;
      entries[at].says = static_cast<std::uint8_t>(entries[at].says | says);
    }
  }
  std::uint8_t look_up(std::string_view word) const {
    for (std::size_t at = place_of(word); !entries[at].word.empty(); at = (at + 1) % entries.size()) {
      if (entries[at].word == word) return entries[at].says;
    }
    return 0;
  }
};
constexpr WordTable kWords = [] {
  WordTable table;
  table.add(kPhoneWords, kIsPhone);
  table.add(kVerbs, kIsVerb);
  table.add(kFillers, kIsFiller);
  table.add(kOtherNumbers, kIsOther);
  table.add(kWordsBehind, kIsBehind);
  return table;
}();

/// As bits: a is 1.
constexpr std::uint32_t letters_of(std::string_view letters) {
  std::uint32_t bits = 0;
  for (const char c : letters) bits |= 1u << (c & 31);
  return bits;
}

}  // namespace

std::uint8_t what_is(std::string_view word) {
  if (word.empty() || word.size() > kWordMax) return 0;
  std::array<char, folded_room(kWordMax)> bytes;
  std::size_t size = word.size();
  if (std::ranges::any_of(word, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    size = fold_into(bytes.data(), word);
  } else {
    std::ranges::transform(word, bytes.begin(), lower);
  }
  return size == 0 ? std::uint8_t{0} : kWords.look_up({bytes.data(), size});
}

const WordFilter& phone_words() {
  static const WordFilter filter = [] {
    WordFilter built;
    for (const std::string_view word : kPhoneWords) built.add(word);
    for (const std::string_view word : kVerbs) built.add(word);
    return built;
  }();
  return filter;
}

bool may_have_phone_word(std::string_view text) {
  const WordFilter& filter = phone_words();
  text = text.substr(text.size() - std::min<std::size_t>(text.size(), 64));
  const LetterBits bits(text);
  if (bits.high != 0) return true;
  const std::uint64_t letter = bits.upper | bits.lower, starts = letter & (~(letter << 1) | (bits.upper & bits.lower << 1));
  for (std::uint64_t left = starts; left != 0; left &= left - 1) {
    if (filter.may_have(WordFilter::key_at(text, static_cast<std::size_t>(std::countr_zero(left)), ~letter | starts))) return true;
  }
  return false;
}

bool may_name_number_before(std::string_view text, std::size_t at) {
  constexpr std::uint32_t kFirst = letters_of("cfhmoptw") | letters_of("exd");
  const char first = char_at(text, at);
  if (!is_letter(first) || (kFirst >> (first & 31) & 1) == 0) return false;
  std::size_t to = at;
  while (to < text.size() && to - at <= kWordMax && (is_letter(text[to]) || static_cast<unsigned char>(text[to]) >= 0x80)) ++to;
  const std::string_view word = text.substr(at, to - at), start = word.substr(0, 3);
  const auto begins = [&](std::string_view mark) { return start.size() >= mark.size() && ends_with_word(start.substr(0, mark.size()), mark); };
  return begins("x") || begins("ext") || begins("pos") || begins("dur") || (what_is(word) & kIsBehind) != 0;
}

}  // namespace tocsin::protect
