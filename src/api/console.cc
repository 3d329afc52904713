// GET / and its parts: the console (web/), as scripts/build-console put it into this program. Files are for anyone, since who logs in has to see the page
// first; whatever they show is asked of the other routes. Their policy lets scripts, styles, images and connections of this service do their work, and nothing else.
#include <fmt/format.h>

#include <algorithm>

#include "api/answer.h"
#include "api/route.h"
#include "base/content.h"

namespace tocsin::api {

namespace {

constexpr std::string_view kConsoleHeaders =
    "Cache-Control: no-cache\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n";

constexpr std::string_view kWithoutConsole =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tocsin</title><p>Tocsin runs here. This program was built without its console: "
    "<code>scripts/build-console</code> makes it (it needs npm), then build again. The API is under <code>/api/v1</code>, and everything can be done "
    "on the command line: <code>tocsin --help</code>.</p></html>";

struct Part {
  std::string_view path, name, type;
};
constexpr Part kParts[] = {
    {"/", "console/index.html", "text/html; charset=utf-8"},
    {"/console.js", "console/console.js", "text/javascript; charset=utf-8"},
    {"/console.css", "console/console.css", "text/css; charset=utf-8"},
    {"/icon.svg", "console/icon.svg", "image/svg+xml"},
};

}  // namespace

Result<HttpReply> get_console(Call& call, Context&) {
  const Part* const part = std::ranges::find(kParts, call.route->path, &Part::path);
  const std::vector<ContentFile>& files = content_files();
  const auto file = std::ranges::find(files, part->name, &ContentFile::name);
  if (file == files.end() && part->path != "/") return problem(404, "not_found", "this program was built without its console");
  const std::string_view text = file == files.end() ? kWithoutConsole : file->text;
  return HttpReply{.content_type = part->type, .body = std::string(text), .headers = std::string(kConsoleHeaders)};
}

}  // namespace tocsin::api
