#include "protect/finding.h"

namespace tocsin::protect {

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kKinds> kNames = {"EMAIL", "PHONE", "CARD", "IBAN", "NATIONAL_ID", "IP", "MAC", "COORDINATES", "BIRTH_DATE", "PERSON", "SECRET", "URL_CREDENTIAL"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace tocsin::protect
