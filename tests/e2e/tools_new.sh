#!/usr/bin/env bash
# What `tools/new` makes compiles and passes at once. Works in a copy of the tree, and compiles there what it made alone.
set -euo pipefail
program=$(realpath "$1")
tree=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cd "$tree"
cp -r CMakeLists.txt CMakePresets.json cmake content packaging src tests fuzz bench tools "$copy"
mkdir "$copy/build" && cp -r build/phonenumber "$copy/build"
cd "$copy"

tools/new rule windows/made_by_a_test
tools/new verb probing
tools/new format door_log
tools/new input boxed
refused() {
  if tools/new "$@" 2>/dev/null; then echo "tools/new $* was not refused"; exit 1; fi
}
refused verb probing
refused format Bad-Name
refused rule without_folder
refused nothing name

"$program" rules test content/rules/windows/made_by_a_test.yml content/rules/windows/made_by_a_test.test.yml

# -O0: what is asked is whether it compiles without a warning and does what its test says.
cmake -S . -B build/new -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 >build.log 2>&1 || { cat build.log; exit 1; }
object() { echo "CMakeFiles/$1.dir/src/$2.cc.o"; }
ninja -C build/new "$(object tocsin_cli cli/probing)" "$(object tocsin_cli cli/main)" \
  "$(object tocsin_normalize normalize/line_formats)" "$(object tocsin_collect collect/stream_formats)" \
  "$(object normalize_test normalize/door_log_test)" "$(object collect_test collect/boxed_stream_test)" \
  libtocsin_normalize.a libtocsin_collect.a >build.log 2>&1 || { cat build.log; exit 1; }

# The new tests, without the rooms' other ones.
link() {  # room, test object, libraries of ours
  local name=$1 test=$2
  shift 2
  g++ -o "$name" "build/new/$test" "${@/#/build/new/}" -lgtest -lgtest_main -lsimdjson -lfmt -lyaml -lcrypto -lzstd -lz -lexpat -licuuc -pthread
  "./$name"
}
link door "$(object normalize_test normalize/door_log_test)" libtocsin_normalize.a libtocsin_event.a libtocsin_base.a
link box "$(object collect_test collect/boxed_stream_test)" libtocsin_collect.a libtocsin_event.a libtocsin_base.a
