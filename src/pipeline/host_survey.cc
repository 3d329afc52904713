#include "pipeline/host_survey.h"

#include <optional>

#include "enrich/host_learner.h"
#include "pipeline/event_walk.h"

namespace tocsin {

void learn_hosts(Env& env, Engine& engine, const std::vector<FoundFile>& files, enrich::HostTable& hosts) {
  std::vector<FoundFile> readable;
  for (const FoundFile& file : files) {
    if (env.modified_us(file.path) != kNoTime) readable.push_back(file);
  }
  std::optional<enrich::HostLearner> learner;
  EventWalk walk(env, engine);
  (void)walk.run(readable, [&](std::string_view source, const Event& event, const PathTable& paths) {
    if (!learner) learner.emplace(paths);
    learner->see(event, source, hosts);
    return true;
  });
}

}  // namespace tocsin
