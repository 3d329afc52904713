// The rule of each national identifier: ranges, dates and check digits. Each function takes the characters of one, without separators, of as many as its row in
// national_ids.cc says, digits where digits are due and letters as capitals. Pure functions. The rules are the issuing states'; where one has a name, the comment
// has it.
#pragma once

#include <string_view>

namespace tocsin::protect {

using NationalCheck = bool (*)(std::string_view id);

bool is_any(std::string_view id);
/// Whether these characters are also a minute of this century, before 2040: yymmddhhmm or yyyymmddhhmm, as files and logs are named.
bool is_minute(std::string_view characters);

bool is_us_ssn(std::string_view id);          // Social Security Administration, randomized since 2011: no area 000, 666, 9xx; no group 00; no serial 0000
bool is_us_itin(std::string_view id);         // Internal Revenue Service: 9xx and groups 50-65, 70-88, 90-92, 94-99
bool is_gb_nino(std::string_view id);         // HM Revenue & Customs, NIM39110; no check digit
bool is_gb_nhs(std::string_view id);          // NHS Data Dictionary, modulus 11
bool is_ca_sin(std::string_view id);
bool is_de_tax(std::string_view id);          // § 139b AO; ISO 7064 MOD 11,10
bool is_de_pension(std::string_view id);      // VKVV § 2
bool is_fr_nir(std::string_view id);          // INSEE: 97 less the remainder
bool is_fr_nir_usual(std::string_view id);    // and with a known month and settled sex, and no address of 64-bit Linux in decimal, as logs have for threads: 0x7f0000000000 and on
bool is_es_dni(std::string_view id);
bool is_es_nie(std::string_view id);
bool is_it_fiscal(std::string_view id);       // Decreto ministeriale 23 dicembre 1976
bool is_nl_bsn(std::string_view id);          // elfproef
bool is_be_national(std::string_view id);     // modulus 97, a 2 before those born since 2000
bool is_se_personal(std::string_view id);     // 10 or 12 digits, SFS 1967:822; Luhn
bool is_fi_personal(std::string_view id);     // six digits, perhaps the letter of the century, and four
bool is_no_birth(std::string_view id);        // two check digits, modulus 11
bool is_dk_cpr(std::string_view id);          // with the check digit of those before 2007
bool is_dk_cpr_date(std::string_view id);
bool is_is_kennitala(std::string_view id);
bool is_pl_pesel(std::string_view id);
bool is_pt_nif(std::string_view id);
bool is_ch_ahv(std::string_view id);          // 756, EAN-13
bool is_at_insurance(std::string_view id);
bool is_ie_pps(std::string_view id);
bool is_cz_birth(std::string_view id);        // and Slovakia: divisible by 11
bool is_ro_cnp(std::string_view id);
bool is_bg_egn(std::string_view id);
bool is_hr_oib(std::string_view id);          // ISO 7064 MOD 11,10
bool is_baltic_personal(std::string_view id);  // Estonia and Lithuania
bool is_ru_snils(std::string_view id);
bool is_tr_kimlik(std::string_view id);
bool is_il_zehut(std::string_view id);
bool is_za_id(std::string_view id);           // Luhn
bool is_br_cpf(std::string_view id);
bool is_cl_rut(std::string_view id);          // seven or eight digits, and a digit or K
bool is_ar_cuit(std::string_view id);         // of persons
bool is_mx_curp(std::string_view id);
bool is_in_aadhaar(std::string_view id);      // Verhoeff
bool is_in_pan(std::string_view id);          // the fourth letter says whose; no public check digit
bool is_au_tfn(std::string_view id);
bool is_cn_resident(std::string_view id);     // GB 11643-1999; ISO 7064 MOD 11-2
bool is_jp_my_number(std::string_view id);
bool is_kr_rrn(std::string_view id);          // with the check digit of those before October 2020
bool is_sg_nric(std::string_view id);
bool is_tw_national(std::string_view id);
bool is_th_citizen(std::string_view id);

}  // namespace tocsin::protect
