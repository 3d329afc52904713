#include "protect/national_ids.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "protect/check_digits.h"
#include "protect/identifiers.h"
#include "protect/letter_bits.h"
#include "protect/national_checks.h"

namespace tocsin::protect {
namespace {

/// How an identifier is written: d a digit, A a capital letter, X either, K itself in either case, all else stands for itself; forms are divided by '|'.
using Forms = std::string_view;

struct Row {
  std::string_view country;
  NationalCheck check;
  Forms distinct;          // found if the check holds, or else behind a word
  Forms plain;             // found if the check holds and behind a word
  WordList words;
};

/// These announce a national identifier of any country.
constexpr WordList kAnyWords =
    "national id|national id number|national identity|national identification|national identifier|national number|citizen id|identity card|identity number|id card|"
    "personal identification|personal identity|personal id|tax id|tax number|tax identification|taxpayer id|tin";

constexpr WordList kUsWords = "ssn|ss|social|social security|socialsecurity|ssnumber|social sec|itin|taxpayer|tax id|tin|individual taxpayer";
constexpr WordList kFrWords =
    "nir|insee|securite sociale|secu|numero de secu|num secu|no secu|carte vitale|vitale|assure social|numero d assure|french social security|nss";

// Where several rows fit: the longest, then the one whose word is there, then the first.
constexpr Row kRows[] = {
    {"US", is_us_ssn, "ddd-dd-dddd", "ddd dd dddd|ddddddddd", kUsWords},
    {"US", is_us_itin, "ddd-dd-dddd", "ddd dd dddd|ddddddddd", kUsWords},
    {"US", is_any, "", "ddddddddd|ddd dd dddd", "ssn|ssnumber|social security|socialsecurity|social sec|itin"},
    {"GB", is_gb_nino, "AA dd dd dd A|AA dddddd A|AA-dd-dd-dd-A", "AAddddddA", "nino|national insurance|ni number|ni no|nationalinsurance|insurance number|ni"},
    {"GB", is_gb_nhs, "", "ddd ddd dddd|dddddddddd|ddd-ddd-dddd", "nhs|nhsnumber|nhs number|nhs no|national health service|health service number"},
    {"CA", is_ca_sin, "", "ddd ddd ddd|ddd-ddd-ddd|ddddddddd", "sin|social insurance|assurance sociale|nas|canadian social"},
    {"DE", is_de_tax, "", "ddddddddddd|dd ddd ddd ddd",
     "steuer id|steuerid|steuer identifikationsnummer|steueridentifikationsnummer|identifikationsnummer|steuernummer|steuerliche|steuer idnr|idnr|idnummer|german tax"},
    {"DE", is_de_pension, "ddddddddAddd|dd dddddd A ddd", "",
     "sozialversicherungsnummer|sozialversicherung|rentenversicherungsnummer|rentenversicherung|rvnr|svnr|sv nummer|versicherungsnummer|svnummer"},
    {"FR", is_fr_nir, "d dd dd dd ddd ddd dd|d dd dd dA ddd ddd dd", "", kFrWords},
    {"FR", is_fr_nir_usual, "ddddddddddddddd|ddddddAdddddddd|ddddddddddddd dd", "", kFrWords},
    {"ES", is_es_dni, "dddddddd-A|dd.ddd.ddd-A", "ddddddddA|dddddddd A", "dni|nif|documento nacional|identidad|documento|spanish id"},
    {"ES", is_es_nie, "AdddddddA|A-ddddddd-A", "Addddddd-A", "nie|nif|extranjero|identidad|documento|foreigner id"},
    {"IT", is_it_fiscal, "AAAAAAXXAXXAXXXA|AAA AAA XXAXX AXXXA", "", "codice fiscale|codicefiscale|cod fisc|cf|fiscal code|fiscale|italian tax"},
    {"NL", is_nl_bsn, "", "ddddddddd|dddd.dd.ddd|dddd dd ddd|ddd ddd ddd", "bsn|burgerservicenummer|burgerservice|sofi|sofinummer|sofi nummer|dutch citizen"},
    {"BE", is_be_national, "dd.dd.dd-ddd.dd|dd.dd.dd-ddd-dd|dddddd-ddd-dd|dd.dd.dd.ddd.dd", "ddddddddddd|dd dd dd ddd dd|dddddd ddd dd",
     "rijksregister|rijksregisternummer|rijksregisternr|registre national|numero national|nationaal nummer|niss|insz|rrn|numero de registre|belgian national|nrn"},
    {"SE", is_se_personal, "dddddd-dddd|dddddd+dddd|dddddddd-dddd", "dddddddddd|dddddddddddd|dddddddd dddd|dddddd dddd",
     "personnummer|personnr|persnr|pnr|samordningsnummer|swedish id|swedish personal|personal identity number"},
    {"DK", is_dk_cpr, "dddddd-dddd", "", "cpr|cprnummer|cpr nummer|cpr nr|cprnr|personnummer|danish id"},
    {"DK", is_dk_cpr_date, "", "dddddddddd|dddddd dddd", "cpr|cprnummer|cpr nummer|cpr nr|cprnr|danish id"},
    {"IS", is_is_kennitala, "dddddd-dddd", "dddddddddd", "kennitala|kennitolu|kt|icelandic id"},
    {"FI", is_fi_personal, "dddddd-dddX|dddddd+dddX|ddddddAdddX", "", "hetu|henkilotunnus|sotu|sosiaaliturvatunnus|personbeteckning|finnish id"},
    {"NO", is_no_birth, "", "ddddddddddd|dddddd ddddd|dddddd-ddddd", "fodselsnummer|foedselsnummer|fodselsnr|fnr|personnummer|d nummer|norwegian id|norwegian national"},
    {"PL", is_pl_pesel, "", "ddddddddddd", "pesel|numer pesel|nr pesel|polish id"},
    {"PT", is_pt_nif, "", "ddddddddd|ddd ddd ddd|ddd.ddd.ddd", "nif|contribuinte|numero de contribuinte|identificacao fiscal|numero fiscal|portuguese tax"},
    {"CH", is_ch_ahv, "756.dddd.dddd.dd|756dddddddddd|756 dddd dddd dd", "", "ahv|ahvn13|ahvn|ahv nr|ahv nummer|avs|navs|navs13|numero avs|sozialversicherungsnummer|oasi"},
    {"AT", is_at_insurance, "", "dddd dddddd|dddddddddd|dddd-dddddd|dddd/dddddd",
     "svnr|sv nr|sv nummer|svnummer|sozialversicherungsnummer|sozialversicherung|versicherungsnummer|versicherungsnr|vsnr|austrian social"},
    {"IE", is_ie_pps, "", "dddddddA|dddddddAA|ddddddd A", "pps|ppsn|pps number|pps no|personal public service|irish pps"},
    {"CZ", is_cz_birth, "", "dddddd/dddd|dddddddddd", "rodne cislo|rodnecislo|birth number|czech id"},
    {"RO", is_ro_cnp, "", "ddddddddddddd", "cnp|cod numeric personal|codul numeric personal|numeric personal"},
    {"BG", is_bg_egn, "", "dddddddddd", "egn|edinen grazhdanski nomer|bulgarian id"},
    {"HR", is_hr_oib, "", "ddddddddddd", "oib|osobni identifikacijski broj|osobni identifikacijski"},
    {"EE", is_baltic_personal, "", "ddddddddddd", "isikukood|estonian id|estonian personal"},
    {"LT", is_baltic_personal, "", "ddddddddddd", "asmens kodas|lithuanian id|lithuanian personal"},
    {"RU", is_ru_snils, "ddd-ddd-ddd dd|ddd-ddd-ddd-dd", "ddddddddddd", "snils|СНИЛС|снилс"},
    {"TR", is_tr_kimlik, "", "ddddddddddd", "tc kimlik|kimlik|tckn|tc no|tckimlik|t c kimlik|tc kimlik no|turkish id|kimlik no"},
    {"IL", is_il_zehut, "", "ddddddddd|dddddddd-d", "teudat zehut|zehut|mispar zehut|israeli id|תעודת זהות|ת.ז|מספר זהות"},
    {"ZA", is_za_id, "", "ddddddddddddd|dddddd dddd ddd|dddddd dddd d dd", "sa id|rsa id|south african id|south african identity|id number|idnumber|id no|identity number|identiteitsnommer"},
    {"BR", is_br_cpf, "ddd.ddd.ddd-dd", "ddddddddddd|ddd ddd ddd dd|ddddddddd-dd", "cpf|cadastro de pessoa|cadastro de pessoas fisicas|contribuinte|brazilian tax"},
    {"CL", is_cl_rut, "dd.ddd.ddd-X|d.ddd.ddd-X|dddddddd-K|ddddddd-K", "dddddddd-d|ddddddd-d|ddddddddX", "rut|rol unico|rol unico tributario|rol unico nacional|chilean id"},
    {"AR", is_ar_cuit, "dd-dddddddd-d|dd-dd.ddd.ddd-d", "ddddddddddd", "cuit|cuil|clave unica|codigo unico de identificacion|argentine tax"},
    {"MX", is_mx_curp, "AAAAddddddAAAAAAXd", "", "curp|clave unica de registro|registro de poblacion|mexican id"},
    {"IN", is_in_aadhaar, "", "dddd dddd dddd|dddddddddddd|dddd-dddd-dddd", "aadhaar|aadhar|adhar|adhaar|uidai|uidai number"},
    {"IN", is_in_pan, "", "AAAAAddddA", "pan|pan no|pan card|pan number|pannumber|permanent account|income tax"},
    {"AU", is_au_tfn, "", "ddd ddd ddd|ddddddddd|ddd-ddd-ddd", "tfn|tax file number|taxfilenumber|tax file|australian tax"},
    {"CN", is_cn_resident, "dddddddddddddddddX", "", "resident identity|resident id|shenfenzheng|chinese id|id card|身份证|身份证号|身份证号码|身份證"},
    {"JP", is_jp_my_number, "", "dddddddddddd|dddd dddd dddd|dddd-dddd-dddd", "my number|mynumber|individual number|kojin bango|japanese id|マイナンバー|個人番号"},
    {"KR", is_kr_rrn, "dddddd-ddddddd", "ddddddddddddd", "rrn|resident registration|jumin|korean id|주민등록번호|주민번호"},
    {"SG", is_sg_nric, "", "AdddddddA", "nric|fin|nric no|fin no|nric fin|singapore id"},
    {"TW", is_tw_national, "", "Addddddddd", "taiwan id|taiwanese id|身分證|身份證"},
    {"TH", is_th_citizen, "d-dddd-ddddd-dd-d", "ddddddddddddd|d dddd ddddd dd d", "thai id|thai national|thai citizen|เลขประจำตัวประชาชน"},
    // What a text itself calls a national identifier, whosever it may be.
    {"", is_any, "", "dddddddd|ddddddddd|dddddddddd|ddddddddddd|dddddddddddd|ddddddddddddd", "national id|national id number|national identity|national identification|national identifier"},
};

struct Form {
  std::string_view shape = {};
  std::uint32_t digits = 0, capitals = 0, either = 0;  // places of these
  std::uint8_t row = 0;
  bool is_distinct = false;
  char next = 0;  // what stands behind its first word; 0 where that is all of it
};

constexpr std::uint32_t places_of(char wanted, Forms shape) {
  std::uint32_t places = 0;
  for (std::size_t at = 0; at < shape.size(); ++at) places |= shape[at] == wanted || (wanted == 'd' && is_digit(shape[at])) ? 1u << at : 0u;
  return places;
}

constexpr bool is_alphanumeric_place(char c) { return c == 'd' || c == 'A' || c == 'X' || c == 'K' || is_digit(c); }
constexpr std::size_t kRunMost = 24;
constexpr std::size_t kKeys = 2 * kRunMost;

/// What can be seen of a place at once: how long the word is that begins there, and with what.
constexpr std::size_t key_of(std::size_t run, bool is_letter) { return run + (is_letter ? kRunMost : 0); }
constexpr std::size_t first_word(Forms shape) {
  std::size_t run = 0;
  while (run < shape.size() && is_alphanumeric_place(shape[run])) ++run;
  return run;
}
constexpr std::size_t key_of(const Form& form) { return key_of(first_word(form.shape), form.shape[0] == 'A'); }

template <class Visit>
constexpr void for_each_form(Visit visit) {
  for (std::size_t row = 0; row < std::size(kRows); ++row) {
    for (const bool is_distinct : {true, false}) {
      Forms rest = is_distinct ? kRows[row].distinct : kRows[row].plain;
      while (!rest.empty()) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        const Forms shape = rest.substr(0, bar);
        const std::size_t run = first_word(shape);
        visit(Form{shape, places_of('d', shape), places_of('A', shape), places_of('X', shape), static_cast<std::uint8_t>(row), is_distinct, run < shape.size() ? shape[run] : '\0'});
        rest.remove_prefix(std::min(bar + 1, rest.size()));
      }
    }
  }
}

constexpr std::size_t kForms = [] {
  std::size_t count = 0;
  for_each_form([&](const Form&) { ++count; });
  return count;
}();

/// All forms by their key, in the order of the table: those of key k are [starts[k], starts[k + 1]).
struct Index {
  std::array<Form, kForms> forms = {};
  std::array<std::uint8_t, kKeys + 1> starts = {};
};
static_assert(kForms < 256);

constexpr Index index_of(bool distinct_alone) {
  Index index;
  const auto each = [&](auto visit) {
    for_each_form([&](const Form& form) {
      if (form.is_distinct || !distinct_alone) visit(form);
    });
  };
  each([&](const Form& form) { ++index.starts[key_of(form) + 1]; });
  for (std::size_t key = 0; key < kKeys; ++key) index.starts[key + 1] = static_cast<std::uint8_t>(index.starts[key + 1] + index.starts[key]);
  std::array<std::uint8_t, kKeys + 1> next = index.starts;
  each([&](const Form& form) { index.forms[next[key_of(form)]++] = form; });
  return index;
}
constexpr Index kIndex = index_of(false);
/// What needs no word: nearly always there is none.
constexpr Index kDistinct = index_of(true);

/// Digits alone that are one without a word.
static_assert([] {
  std::size_t shortest = kRunMost;
  for_each_form([&](const Form& form) {
    const bool has_digits_alone = std::all_of(form.shape.begin(), form.shape.end(), [](char c) { return c == 'd' || is_digit(c); });
    if (form.is_distinct && has_digits_alone) shortest = std::min(shortest, form.shape.size());
  });
  return shortest >= kDigitsAloneMin;
}());

/// Whether a distinct form may stand at digits, `first` of them and then `separator`: by its digits there that are always the same, and by how its next word begins and how long that is.
bool may_begin(const Form& form, std::string_view ahead, std::size_t first, std::size_t second) {
  for (std::size_t at = 0; at < first; ++at) {
    if (form.shape[at] != ahead[at] && form.shape[at] != 'd' && form.shape[at] != 'X') return false;
  }
  if (form.next == 0) return true;
  const char next = form.shape[first + 1], is = char_at(ahead, first + 1);
  return form.next == ahead[first] && first_word(form.shape.substr(first + 1)) == second && (next == 'X' || is_letter(is) == (next == 'A' || next == 'K'));
}

constexpr std::array<FirstDigits, kRunMost> first_digits_alone() {
  std::array<FirstDigits, kRunMost> all{};
  for_each_form([&](const Form& form) {
    const std::size_t first = first_word(form.shape);
    const bool is_lettered = std::any_of(form.shape.begin(), form.shape.begin() + first, [](char c) { return c == 'A' || c == 'K'; });
    if (!form.is_distinct || is_lettered) return;
    std::uint16_t& digits = all[first][form.next == 0 ? 0 : place_behind_digits(form.next)];
    digits = static_cast<std::uint16_t>(digits | (is_digit(form.shape[0]) ? 1u << (form.shape[0] - '0') : 0x3ffu));
  });
  return all;
}

/// By how words begin: the rows, as bits, that have such a word; and kAnyRow for those of any country.
constexpr std::uint64_t kAnyRow = std::uint64_t{1} << 63;
static_assert(std::size(kRows) < 63);
constexpr std::array<std::uint64_t, kBeginnings> kRowsOf = [] {
  std::array<std::uint64_t, kBeginnings> rows{};
  for (std::size_t row = 0; row < std::size(kRows); ++row) for_each_beginning_of(kRows[row].words.words, [&](std::uint16_t one) { rows[one] |= std::uint64_t{1} << row; });
  for_each_beginning_of(kAnyWords.words, [&](std::uint16_t one) { rows[one] |= kAnyRow; });
  return rows;
}();

bool fits(const LetterBits& letters, const Form& form) {
  return (form.digits & ~letters.digit) == 0 && (form.capitals & ~letters.upper) == 0 && (form.either & ~(letters.digit | letters.upper)) == 0;
}

/// The characters of an identifier without its separators.
struct Compact {
  std::array<char, kRunMost> characters;
  std::size_t count = 0;

  std::string_view text() const { return {characters.data(), count}; }
};

bool match(std::string_view text, std::string_view shape, Compact& compact) {
  if (text.size() < shape.size()) return false;
  compact.count = 0;
  for (std::size_t at = 0; at < shape.size(); ++at) {
    const char c = text[at];
    switch (shape[at]) {
      case 'd':
        if (!is_digit(c)) return false;
        break;
      case 'A':
        if (!is_upper(c)) return false;
        break;
      case 'X':
        if (!is_digit(c) && !is_upper(c)) return false;
        break;
      case 'K':
        if (c != 'K' && c != 'k') return false;
        compact.characters[compact.count++] = 'K';
        continue;
      default:
        if (c != shape[at]) return false;
        if (!is_digit(c)) continue;
    }
    compact.characters[compact.count++] = c;
  }
  return true;
}

/// How sure it is that an identifier is this row's.
enum class Proof : std::uint8_t { kNone, kFits, kNamed };

Proof prove(const Form& form, std::string_view id, Surroundings& around) {
  const Row& row = kRows[form.row];
  const bool is_named = around.has_word(row.words);
  if (!is_named && !form.is_distinct && (row.check == is_any || !around.has_word(kAnyWords))) return Proof::kNone;  // nearly always
  if (is_one_digit_repeated(id)) return Proof::kNone;
  const bool holds = row.check(id);
  if (!holds && !form.is_distinct) return Proof::kNone;
  if (is_named) return row.country.empty() ? Proof::kFits : Proof::kNamed;
  return holds && (!form.is_distinct || !is_minute(id)) ? Proof::kFits : Proof::kNone;
}

std::uint64_t rows_named(Surroundings& around) {
  std::uint64_t rows = 0;
  for (const std::uint16_t beginning : around.beginnings()) rows |= kRowsOf[beginning];
  return rows;
}

}  // namespace

std::optional<NationalId> national_id_at(Surroundings& around) {
  const std::string_view ahead = around.ahead();
  if (ahead.empty() || is_lower(ahead[0])) return std::nullopt;
  const LetterBits letters(ahead.substr(0, 32));
  const auto run = static_cast<std::size_t>(std::countr_one(letters.alnum()));
  if (run == 0 || run >= kRunMost) return std::nullopt;
  const std::size_t key = key_of(run, is_upper(ahead[0]));
  const char next = run < ahead.size() ? ahead[run] : '\0';
  const Form* best = nullptr;
  Proof best_proof = Proof::kNone;
  Compact compact;
  std::optional<std::uint64_t> named;  // rows of which words may be there
  const Index& index = around.has_words() ? kIndex : kDistinct;
  for (std::size_t at = index.starts[key]; at < index.starts[key + 1]; ++at) {
    const Form& form = index.forms[at];
    if ((form.next != 0 && form.next != next) || !fits(letters, form)) continue;
    if (!form.is_distinct) {
      if (!named) named = rows_named(around);
      if ((*named & (kAnyRow | std::uint64_t{1} << form.row)) == 0) continue;
    }
    if (!match(ahead, form.shape, compact) || !around.is_end(form.shape.size())) continue;
    const Proof proof = prove(form, compact.text(), around);
    if (proof == Proof::kNone) continue;
    const bool is_longer = best == nullptr || form.shape.size() > best->shape.size();
    if (!is_longer && (form.shape.size() < best->shape.size() || proof <= best_proof)) continue;
    best = &form;
    best_proof = proof;
  }
  if (best == nullptr) return std::nullopt;
  const std::string_view country = kRows[best->row].country;
  return NationalId{best->shape.size(), country.empty() ? std::array<char, 2>{} : std::array<char, 2>{country[0], country[1]}};
}

constexpr std::array<FirstDigits, kRunMost> kFirstDigitsAlone = first_digits_alone();

bool may_be_national_id_alone(std::string_view ahead, std::size_t digits) {
  if (digits >= kRunMost) return false;
  std::size_t end = digits + 1;  // of the next word
  while (end < ahead.size() && is_alnum(ahead[end])) ++end;
  const std::size_t key = key_of(digits, false);
  for (std::size_t at = kDistinct.starts[key]; at < kDistinct.starts[key + 1]; ++at) {
    if (may_begin(kDistinct.forms[at], ahead, digits, end - digits - 1)) return true;
  }
  return false;
}

void add_national_id_words(WordFilter& filter) {
  for (const Row& row : kRows) add_words(row.words, filter);
  add_words(kAnyWords, filter);
}

}  // namespace tocsin::protect
