// The program: looks its first argument up among the verbs and hands over the rest. Everything else is in cli/.
#include "cli/main.h"

int main(int argc, char** argv) { return tocsin::cli::run(argc, argv); }
