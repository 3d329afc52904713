// Every port on which the service takes records, over the Intake and the Senders that it is given. open() fails with the address that cannot be
// listened on; nothing is taken before run(). stop() ends them in order: requests under way get their answers, so the Intake must still be there.
//
//   auto listeners = TRY(Listeners::open(env, intake, senders, {.bulk = "127.0.0.1:0"}));
//   listeners->run();
//   … listeners->addresses() …
//   listeners->stop();
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/intake.h"

namespace tocsin {

/// Where to listen; port 0 lets the system choose.
struct ListenOptions {
  std::string bulk = "127.0.0.1:9200", hec = "127.0.0.1:8088";
  std::string syslog = "127.0.0.1:5514";  // UDP and TCP
};

struct ServiceAddress {
  std::string input, address;
};

class Listeners {
 public:
  static Result<std::unique_ptr<Listeners>> open(Env& env, Intake& intake, Senders& senders, const ListenOptions& options);
  ~Listeners();
  const std::vector<ServiceAddress>& addresses() const;
  void run();
  void stop();

 private:
  struct Parts;
  explicit Listeners(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin
