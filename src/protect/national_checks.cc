#include "protect/national_checks.h"

#include <algorithm>
#include <array>

#include "protect/check_digits.h"

namespace tocsin::protect {
namespace {

/// Two digits at a place.
int pair_at(std::string_view id, std::size_t at) { return value_of(id[at]) * 10 + value_of(id[at + 1]); }
/// The digit at a place.
int at(std::string_view id, std::size_t place) { return value_of(id[place]); }
/// 11 less the remainder of 11; 11 becomes 0, and 10 stays.
int eleven_less(int sum) { return (11 - sum % 11) % 11; }

bool is_year_month_day(std::string_view id) { return is_day(pair_at(id, 2), pair_at(id, 4)); }
bool is_day_month_year(std::string_view id) { return is_day(pair_at(id, 2), pair_at(id, 0)); }

}  // namespace

bool is_any(std::string_view) { return true; }

bool is_minute(std::string_view characters) {
  if (!are_digits(characters) || (characters.size() != 10 && characters.size() != 12)) return false;
  const std::string_view ten = characters.substr(characters.size() - 10);
  const bool is_century = characters.size() == 10 || characters.substr(0, 2) == "20";
  return is_century && pair_at(ten, 0) < 40 && is_year_month_day(ten) && pair_at(ten, 6) < 24 && pair_at(ten, 8) < 60;
}

bool is_us_ssn(std::string_view id) {
  const std::string_view area = id.substr(0, 3);
  return area != "000" && area != "666" && area[0] != '9' && id.substr(3, 2) != "00" && id.substr(5) != "0000";
}

bool is_us_itin(std::string_view id) {
  const int group = pair_at(id, 3);
  return id[0] == '9' && group >= 50 && (group <= 65 || group >= 70) && group != 89 && group != 93;
}

bool is_gb_nino(std::string_view id) {
  constexpr std::string_view kNever = "DFIQUV";
  const std::string_view prefix = id.substr(0, 2);
  if (kNever.find(prefix[0]) != std::string_view::npos || kNever.find(prefix[1]) != std::string_view::npos || prefix[1] == 'O') return false;
  for (const std::string_view unused : {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}) {
    if (prefix == unused) return false;
  }
  return id.back() >= 'A' && id.back() <= 'D';
}

bool is_gb_nhs(std::string_view id) { return eleven_less(weighted_sum(id, {10, 9, 8, 7, 6, 5, 4, 3, 2})) == at(id, 9); }

bool is_ca_sin(std::string_view id) { return id[0] != '0' && id[0] != '8' && is_luhn(id); }

bool is_de_tax(std::string_view id) {
  std::array<int, 10> times = {};
  for (const char c : id.substr(0, 10)) ++times[static_cast<std::size_t>(value_of(c))];
  const auto repeated = std::count_if(times.begin(), times.end(), [](int count) { return count > 1; });
  return id[0] != '0' && repeated == 1 && *std::max_element(times.begin(), times.end()) <= 3 && is_mod_11_10(id);
}

bool is_de_pension(std::string_view id) {
  // Area, birth day, letter as two digits, serial, check digit; in one of two series days are counted from 51.
  const int letter = id[8] - 'A' + 1;
  const std::array<char, 12> digits = {id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], static_cast<char>('0' + letter / 10), static_cast<char>('0' + letter % 10), id[9], id[10]};
  constexpr std::array<int, 12> kWeights = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
  int sum = 0;
  for (std::size_t place = 0; place < digits.size(); ++place) {
    const int product = value_of(digits[place]) * kWeights[place];
    sum += product / 10 + product % 10;
  }
  const int day = pair_at(id, 2);
  return is_day(pair_at(id, 4), day > 50 ? day - 50 : day) && sum % 10 == at(id, 11);
}

bool is_fr_nir(std::string_view id) {
  std::array<char, 13> digits;
  std::copy_n(id.begin(), 13, digits.begin());
  // Corsica: 2A counts as 19, 2B as 18.
  if (!is_digit(digits[6])) {
    if (digits[5] != '2' || (digits[6] != 'A' && digits[6] != 'B')) return false;
    digits[5] = '1';
    digits[6] = digits[6] == 'A' ? '9' : '8';
  }
  const std::string_view number(digits.data(), digits.size());
  const int month = pair_at(id, 3);
  const bool is_month = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  constexpr std::string_view kSexes = "123478";
  return kSexes.find(id[0]) != std::string_view::npos && is_month && number.substr(5, 2) != "00" && 97 - static_cast<int>(number_of(number) % 97) == pair_at(id, 13);
}

bool is_fr_nir_usual(std::string_view id) {
  if (!is_fr_nir(id) || id[0] > '2' || pair_at(id, 3) > 12) return false;
  if (!are_digits(id)) return true;
  const std::uint64_t number = number_of(id);
  return number < 0x7f00'0000'0000 || number > 0x7fff'ffff'ffff;
}

bool is_es_dni(std::string_view id) { return "TRWAGMYFPDXBNJZSQVHLCKE"[number_of(id.substr(0, 8)) % 23] == id[8]; }

bool is_es_nie(std::string_view id) {
  if (id[0] < 'X' || id[0] > 'Z') return false;
  const std::uint64_t number = static_cast<std::uint64_t>(id[0] - 'X') * 10'000'000 + number_of(id.substr(1, 7));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == id[8];
}

bool is_it_fiscal(std::string_view id) {
  constexpr std::array<int, 26> kOdd = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  constexpr std::string_view kMonths = "ABCDEHLMPRST", kForDigits = "LMNPQRSTUV";
  for (const std::size_t place : {6u, 7u, 9u, 10u, 12u, 13u, 14u}) {
    // Of two people with the same code one gets letters for digits.
    if (!is_digit(id[place]) && kForDigits.find(id[place]) == std::string_view::npos) return false;
  }
  if (kMonths.find(id[8]) == std::string_view::npos) return false;
  int sum = 0;
  for (std::size_t place = 0; place < 15; ++place) {
    const int value = is_digit(id[place]) ? at(id, place) : id[place] - 'A';
    sum += place % 2 == 0 ? kOdd[static_cast<std::size_t>(value)] : value;
  }
  return 'A' + sum % 26 == id[15];
}

bool is_nl_bsn(std::string_view id) { return (weighted_sum(id, {9, 8, 7, 6, 5, 4, 3, 2}) - at(id, 8)) % 11 == 0; }

bool is_be_national(std::string_view id) {
  // Months of numbers for who is not registered are 20 or 40 higher; unknown months and days are 00.
  const int month = pair_at(id, 2) % 20, check = pair_at(id, 9);
  if (pair_at(id, 2) > 52 || month > 12 || pair_at(id, 4) > 31) return false;
  const std::uint64_t number = number_of(id.substr(0, 9));
  return 97 - static_cast<int>(number % 97) == check || 97 - static_cast<int>((2'000'000'000 + number) % 97) == check;
}

bool is_se_personal(std::string_view id) {
  const std::string_view ten = id.substr(id.size() - 10);
  const int century = id.size() == 12 ? pair_at(id, 0) : 19;
  const int day = pair_at(ten, 4);
  return (century >= 18 && century <= 20) && is_day(pair_at(ten, 2), day > 60 ? day - 60 : day) && is_luhn(ten);
}

bool is_fi_personal(std::string_view id) {
  constexpr std::string_view kCheck = "0123456789ABCDEFHJKLMNPRSTUVWXY", kCenturies = "ABCDEFUVWXY";
  if (id.size() == 11 && kCenturies.find(id[6]) == std::string_view::npos) return false;
  const std::string_view serial = id.substr(id.size() - 4, 3);
  return is_day_month_year(id) && number_of(serial) >= 2 && kCheck[(number_of(id.substr(0, 6)) * 1000 + number_of(serial)) % 31] == id.back();
}

bool is_no_birth(std::string_view id) {
  // D-numbers have 40 added to the day; synthetic ones of the tax authority have 40 or 80 added to the month.
  const int day = pair_at(id, 0), month = pair_at(id, 2);
  return is_day(month > 80 ? month - 80 : month > 40 ? month - 40 : month, day > 40 ? day - 40 : day) && eleven_less(weighted_sum(id, {3, 7, 6, 1, 8, 9, 4, 5, 2})) == at(id, 9) &&
         eleven_less(weighted_sum(id, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2})) == at(id, 10);
}

bool is_dk_cpr(std::string_view id) { return is_day_month_year(id) && weighted_sum(id, {4, 3, 2, 7, 6, 5, 4, 3, 2, 1}) % 11 == 0; }
bool is_dk_cpr_date(std::string_view id) { return is_day_month_year(id); }

bool is_is_kennitala(std::string_view id) {
  const bool is_century = id[9] == '8' || id[9] == '9' || id[9] == '0';
  return is_century && is_day_month_year(id) && eleven_less(weighted_sum(id, {3, 2, 7, 6, 5, 4, 3, 2})) == at(id, 8);
}

bool is_pl_pesel(std::string_view id) { return is_day(pair_at(id, 2) % 20, pair_at(id, 4)) && (weighted_sum(id, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3}) + at(id, 10)) % 10 == 0; }

bool is_pt_nif(std::string_view id) { return id[0] != '0' && id[0] != '4' && id[0] != '7' && eleven_less(weighted_sum(id, {9, 8, 7, 6, 5, 4, 3, 2})) % 10 == at(id, 8); }

bool is_ch_ahv(std::string_view id) { return weighted_sum(id, {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1}) % 10 == 0; }

bool is_at_insurance(std::string_view id) {
  // Months 13 to 15 are given out when a day has no numbers left.
  const int month = pair_at(id, 6);
  return id[0] != '0' && is_day(month > 12 && month < 16 ? 1 : month, pair_at(id, 4)) && weighted_sum(id, {3, 7, 9, 0, 5, 8, 4, 2, 1, 6}) % 11 == at(id, 3);
}

bool is_ie_pps(std::string_view id) {
  int sum = weighted_sum(id, {8, 7, 6, 5, 4, 3, 2});
  if (id.size() == 9 && id[8] != 'W') sum += (id[8] - 'A' + 1) * 9;
  return "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23] == id[7];
}

bool is_cz_birth(std::string_view id) {
  // Women have 50 added to the month; 20 more when a day has no numbers left.
  const int month = pair_at(id, 2) % 50;
  return is_day(month > 20 ? month - 20 : month, pair_at(id, 4)) && number_of(id) % 11 == 0;
}

bool is_ro_cnp(std::string_view id) {
  const int check = weighted_sum(id, {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9}) % 11;
  return id[0] != '0' && is_year_month_day(id.substr(1)) && (check == 10 ? 1 : check) == at(id, 12);
}

bool is_bg_egn(std::string_view id) { return is_day(pair_at(id, 2) % 20, pair_at(id, 4)) && weighted_sum(id, {2, 4, 8, 5, 10, 9, 7, 3, 6}) % 11 % 10 == at(id, 9); }

bool is_hr_oib(std::string_view id) { return is_mod_11_10(id); }

bool is_baltic_personal(std::string_view id) {
  int check = weighted_sum(id, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1}) % 11;
  if (check == 10) check = weighted_sum(id, {3, 4, 5, 6, 7, 8, 9, 1, 2, 3}) % 11;
  return id[0] >= '1' && id[0] <= '8' && is_year_month_day(id.substr(1)) && check % 10 == at(id, 10);
}

bool is_ru_snils(std::string_view id) { return weighted_sum(id, {9, 8, 7, 6, 5, 4, 3, 2, 1}) % 101 % 100 == pair_at(id, 9); }

bool is_tr_kimlik(std::string_view id) {
  const int odd = weighted_sum(id, {1, 0, 1, 0, 1, 0, 1, 0, 1}), even = weighted_sum(id, {0, 1, 0, 1, 0, 1, 0, 1});
  return id[0] != '0' && (odd * 7 + even * 9) % 10 == at(id, 9) && (odd + even + at(id, 9)) % 10 == at(id, 10);
}

bool is_il_zehut(std::string_view id) { return is_luhn(id); }

bool is_za_id(std::string_view id) { return is_year_month_day(id) && id[10] <= '2' && is_luhn(id); }

bool is_br_cpf(std::string_view id) {
  return weighted_sum(id, {10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10 == at(id, 9) && weighted_sum(id, {11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10 == at(id, 10);
}

bool is_cl_rut(std::string_view id) {
  int sum = 0, weight = 2;
  for (std::size_t place = id.size() - 1; place-- > 0; weight = weight == 7 ? 2 : weight + 1) sum += at(id, place) * weight;
  return "0123456789K"[eleven_less(sum)] == id.back();
}

bool is_ar_cuit(std::string_view id) {
  const int prefix = pair_at(id, 0), check = eleven_less(weighted_sum(id, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2}));
  return (prefix == 20 || (prefix >= 23 && prefix <= 27)) && (check == 10 ? 9 : check) == at(id, 10);
}

bool is_mx_curp(std::string_view id) {
  constexpr std::string_view kStates = "AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS NE";
  if (kStates.find(id.substr(11, 2)) == std::string_view::npos || (id[10] != 'H' && id[10] != 'M' && id[10] != 'X') || !is_year_month_day(id.substr(4))) return false;
  int sum = 0;
  for (std::size_t place = 0; place < 17; ++place) {
    // The alphabet has an N with tilde between N and O.
    const int value = is_digit(id[place]) ? at(id, place) : id[place] - 'A' + 10 + (id[place] > 'N');
    sum += value * static_cast<int>(18 - place);
  }
  return (10 - sum % 10) % 10 == at(id, 17);
}

bool is_in_aadhaar(std::string_view id) { return id[0] > '1' && is_verhoeff(id); }

bool is_in_pan(std::string_view id) { return std::string_view("ABCEFGHJLPT").find(id[3]) != std::string_view::npos; }

bool is_au_tfn(std::string_view id) { return weighted_sum(id, {1, 4, 3, 7, 5, 8, 6, 9, 10}) % 11 == 0; }

bool is_cn_resident(std::string_view id) {
  constexpr std::string_view kProvinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91";
  const int century = pair_at(id, 6);
  return kProvinces.find(id.substr(0, 2)) != std::string_view::npos && (century >= 18 && century <= 20) && is_year_month_day(id.substr(8)) && is_mod_11_2(id);
}

bool is_jp_my_number(std::string_view id) { return eleven_less(weighted_sum(id, {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2})) % 10 == at(id, 11); }

bool is_kr_rrn(std::string_view id) { return is_year_month_day(id) && (11 - weighted_sum(id, {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5}) % 11) % 10 == at(id, 12); }

bool is_sg_nric(std::string_view id) {
  const std::size_t sum = static_cast<std::size_t>(weighted_sum(id.substr(1), {2, 7, 6, 5, 4, 3, 2}));
  switch (id[0]) {
    case 'S': return "JZIHGFEDCBA"[sum % 11] == id[8];
    case 'T': return "JZIHGFEDCBA"[(sum + 4) % 11] == id[8];
    case 'F': return "XWUTRQPNMLK"[sum % 11] == id[8];
    case 'G': return "XWUTRQPNMLK"[(sum + 4) % 11] == id[8];
    default: return false;
  }
}

bool is_tw_national(std::string_view id) {
  // The order in which the places got their letters; the first stands for 10.
  constexpr std::string_view kPlaces = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
  const int place = static_cast<int>(kPlaces.find(id[0])) + 10;
  const bool is_sex = id[1] == '1' || id[1] == '2' || id[1] == '8' || id[1] == '9';
  return is_sex && (place / 10 + place % 10 * 9 + weighted_sum(id.substr(1), {8, 7, 6, 5, 4, 3, 2, 1, 1})) % 10 == 0;
}

bool is_th_citizen(std::string_view id) { return id[0] != '0' && (11 - weighted_sum(id, {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11) % 10 == at(id, 12); }

}  // namespace tocsin::protect
