// The command line as a whole: `tocsin VERB …`, `tocsin --version`, `tocsin help`.
#pragma once

namespace tocsin::cli {

int run(int argc, char** argv);

}  // namespace tocsin::cli
