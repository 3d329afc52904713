#include "forward/private_file.h"

namespace tocsin::forward {

Status put_private_file(Env& env, const std::string& folder, std::string_view name, std::string_view text) {
  const std::string path = folder + "/" + std::string(name), unfinished = path + ".new";
  if (env.exists(unfinished)) TRY(env.remove_file(unfinished));
  const std::unique_ptr<DurableFile> file = TRY(env.create_durable(unfinished));
  TRY(file->append(text));
  TRY(file->sync());
  TRY(env.rename_file(unfinished, path));
  return env.sync_folder(folder);
}

}  // namespace tocsin::forward
