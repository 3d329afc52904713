// Users, groups, packages, and what system this is.
#include <sys/utsname.h>

#include <map>

#include "forward/inventory.h"
#include "forward/proc_text.h"

namespace tocsin::forward {

namespace {

struct Account {
  std::string_view name, id, group, description, folder, shell;
};

/// The second field, where a password could be, is not looked at.
template <class Take>
Status for_accounts(const InventoryPlace& place, Take&& take) {
  const std::string text = TRY(place.env.read_file(place.at("/etc/passwd"), kInventoryFileBytesMax));
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 7) continue;
    if (!take(Account{fields[0], fields[2], fields[3], fields[4], fields[5], fields[6]})) break;
  }
  return {};
}

template <class Take>
Status for_groups(const InventoryPlace& place, Take&& take) {
  const std::string text = TRY(place.env.read_file(place.at("/etc/group"), kInventoryFileBytesMax));
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 4) continue;
    if (!take(fields[0], fields[2], fields[3])) break;
  }
  return {};
}

/// "1:2.36-9+deb12u10": the upstream version and the revision.
void split_version(std::string_view version, std::string& upstream, std::string& revision) {
  const std::size_t dash = version.rfind('-');
  upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) revision = version.substr(dash + 1);
}

bool take_package(std::string_view paragraph, const RowTaker& take) {
  const std::string_view name = value_of(paragraph, "Package"), status = value_of(paragraph, "Status"), version = value_of(paragraph, "Version");
  if (name.empty() || version.empty()) return true;
  std::string upstream, revision;
  split_version(version, upstream, revision);
  return take({{"name", std::string(name)},
               {"version", std::string(version)},
               {"source", std::string(value_of(paragraph, "Source"))},
               {"size", std::string(value_of(paragraph, "Installed-Size"))},
               {"arch", std::string(value_of(paragraph, "Architecture"))},
               {"revision", revision},
               {"status", std::string(status)},
               {"maintainer", std::string(value_of(paragraph, "Maintainer"))},
               {"section", std::string(value_of(paragraph, "Section"))},
               {"priority", std::string(value_of(paragraph, "Priority"))}});
}

}  // namespace

Status read_users(const InventoryPlace& place, const RowTaker& take) {
  return for_accounts(place, [&](const Account& one) {
    return take({{"uid", std::string(one.id)},
                 {"gid", std::string(one.group)},
                 {"username", std::string(one.name)},
                 {"description", std::string(one.description)},
                 {"directory", std::string(one.folder)},
                 {"shell", std::string(one.shell)}});
  });
}

Status read_groups(const InventoryPlace& place, const RowTaker& take) {
  return for_groups(place, [&](std::string_view name, std::string_view id, std::string_view) {
    return take({{"gid", std::string(id)}, {"groupname", std::string(name)}});
  });
}

Status read_user_groups(const InventoryPlace& place, const RowTaker& take) {
  std::map<std::string, std::string, std::less<>> users;
  bool more = true;
  TRY(for_accounts(place, [&](const Account& one) {
    users.emplace(one.name, one.id);
    return more = take({{"uid", std::string(one.id)}, {"gid", std::string(one.group)}});
  }));
  if (!more) return {};
  return for_groups(place, [&](std::string_view, std::string_view id, std::string_view members) {
    for (const std::string_view member : split(members, ',')) {
      const auto user = users.find(member);
      if (user != users.end() && !take({{"uid", user->second}, {"gid", std::string(id)}})) return false;
    }
    return true;
  });
}

/// Paragraph by paragraph: the file has some megabytes. One that is longer than a value can be is read as far.
Status read_deb_packages(const InventoryPlace& place, const RowTaker& take) {
  const std::string path = place.at("/var/lib/dpkg/status");
  if (!place.env.exists(path)) return {};
  const std::unique_ptr<File> file = TRY(place.env.open(path));
  std::string text;
  std::size_t count = 0;
  for (bool ended = false; !ended;) {
    const std::size_t before = text.size();
    text.resize(before + (32u << 10));
    const std::size_t got = TRY(file->read(text.data() + before, text.size() - before));
    text.resize(before + got);
    ended = got == 0;
    std::size_t from = 0;
    for (std::size_t end; (end = text.find("\n\n", from)) != std::string::npos; from = end + 2) {
      if (++count > kInventoryRowsMax || !take_package(std::string_view(text).substr(from, end - from), take)) return {};
    }
    text.erase(0, from);
    if (text.size() > kInventoryFileBytesMax) return Error{Code::kLimit, path + ": a paragraph of it is too long"};
  }
  if (!text.empty()) take_package(text, take);
  return {};
}

Status read_os_version(const InventoryPlace& place, const RowTaker& take) {
  const std::string text = TRY(place.env.read_file(place.at("/etc/os-release"), kInventoryFileBytesMax));
  const std::string version = release_value(text, "VERSION_ID");
  const auto numbers = split(version, '.');
  utsname machine{};
  (void)::uname(&machine);
  take({{"name", release_value(text, "NAME")},
        {"version", release_value(text, "VERSION")},
        {"major", std::string(numbers[0])},
        {"minor", std::string(numbers.size() > 1 ? numbers[1] : "0")},
        {"platform", release_value(text, "ID")},
        {"platform_like", release_value(text, "ID_LIKE")},
        {"codename", release_value(text, "VERSION_CODENAME")},
        {"arch", machine.machine}});
  return {};
}

Status read_kernel(const InventoryPlace& place, const RowTaker& take) {
  std::string version = TRY(place.env.read_file(place.at("/proc/sys/kernel/osrelease"), kInventoryFileBytesMax));
  std::string arguments = place.env.read_file(place.at("/proc/cmdline"), kInventoryFileBytesMax).value_or("");
  for (std::string* const text : {&version, &arguments}) {
    while (text->ends_with('\n')) text->pop_back();
  }
  take({{"version", version}, {"arguments", arguments}});
  return {};
}

}  // namespace tocsin::forward
