# tocsin_room(path DEPS ...): a static library tocsin_<path> from every .cc below src/<path>, and a test program
# <path>_test from every *_test.cc there. Sub-folders that are rooms of their own come with their own call.
set(TOCSIN_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough)

# A warning stops the build with the compilers that we test with; a newer one may know warnings that nobody here has seen.
if((CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15) OR
   (CMAKE_CXX_COMPILER_ID STREQUAL Clang AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20))
  list(APPEND TOCSIN_WARNINGS -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND TOCSIN_WARNINGS -Wno-restrict)  # false alarms on "x" + std::string (GCC bug 105329)
endif()

add_library(tocsin_options INTERFACE)
target_include_directories(tocsin_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(tocsin_options INTERFACE TOCSIN_VERSION="${PROJECT_VERSION}")
target_compile_options(tocsin_options INTERFACE ${TOCSIN_WARNINGS} -fno-omit-frame-pointer -fstack-protector-strong)
if(TOCSIN_SANITIZE)
  target_compile_options(tocsin_options INTERFACE -fsanitize=${TOCSIN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tocsin_options INTERFACE -fsanitize=${TOCSIN_SANITIZE})
endif()
if(TOCSIN_FUZZ)
  target_compile_options(tocsin_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_package(GTest REQUIRED)
include(GoogleTest)

# tocsin_gtest(target PREFIX … LABEL … TIMEOUT seconds): makes a program one of tests, each known to ctest as <prefix>:<suite>.<test>. Little is gained
# where tests are optimized as the program is, and a quarter of the time in which they compile.
function(tocsin_gtest target)
  cmake_parse_arguments(TEST "" "PREFIX;LABEL;TIMEOUT" "" ${ARGN})
  target_link_libraries(${target} PRIVATE GTest::gtest GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE TOCSIN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  gtest_discover_tests(${target} TEST_PREFIX "${TEST_PREFIX}:" DISCOVERY_TIMEOUT 120 PROPERTIES LABELS ${TEST_LABEL} TIMEOUT ${TEST_TIMEOUT})
endfunction()

function(tocsin_room path)
  cmake_parse_arguments(ROOM "" "" "DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${path}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(tocsin_${name} STATIC ${sources})
    target_link_libraries(tocsin_${name} PUBLIC tocsin_options ${ROOM_DEPS})
  else()
    add_library(tocsin_${name} INTERFACE)
    target_link_libraries(tocsin_${name} INTERFACE tocsin_options ${ROOM_DEPS})
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE tocsin_${name})
    tocsin_gtest(${name}_test PREFIX ${path} LABEL unit TIMEOUT 600)
  endif()
endfunction()
