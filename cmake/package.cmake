# What `cmake --install` puts where, and the Debian package of it (`cpack -G DEB` in the build folder, once the program is built): the program, DuckDB
# beside it if there is one, the systemd unit, the settings, the documents. Console and content are in the program (content.cmake). It depends on what
# dpkg-shlibdeps finds.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # a package needs the program, not the tests
set(TOCSIN_DOCUMENTS share/doc/tocsin)

install(TARGETS tocsin RUNTIME DESTINATION bin)
if(TARGET DuckDB::DuckDB)
  install(FILES $<TARGET_PROPERTY:DuckDB::DuckDB,IMPORTED_LOCATION> DESTINATION lib/tocsin)
  install(CODE "if(CMAKE_INSTALL_DO_STRIP)
    execute_process(COMMAND \"${CMAKE_STRIP}\" --strip-unneeded \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/tocsin/libduckdb.so\" COMMAND_ERROR_IS_FATAL ANY)
  endif()")
endif()
if(NOT console)
  message(STATUS "no console (scripts/build-console makes it): program and package have none")
endif()
install(FILES packaging/tocsin.service packaging/tocsin-forward.service DESTINATION lib/systemd/system)
install(FILES packaging/tocsin.yaml packaging/forward.yaml DESTINATION /etc/tocsin)
install(FILES README.md ARCHITECTURE.md THIRD_PARTY.md THREATMODEL.md packaging/copyright DESTINATION ${TOCSIN_DOCUMENTS})
install(DIRECTORY docs changes DESTINATION ${TOCSIN_DOCUMENTS} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(FILES api/openapi.json DESTINATION ${TOCSIN_DOCUMENTS}/api)
configure_file(packaging/changelog ${CMAKE_BINARY_DIR}/changelog @ONLY)
execute_process(COMMAND gzip -9nc ${CMAKE_BINARY_DIR}/changelog OUTPUT_FILE ${CMAKE_BINARY_DIR}/changelog.gz)
install(FILES ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${TOCSIN_DOCUMENTS})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Tocsin authors <tocsin@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip)  # xz takes a minute for DuckDB
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "finds attacks in logs with Sigma rules, and says why it thinks so
Takes logs over syslog, Elasticsearch's _bulk and Splunk's HEC, and from
files, keeps them, watches them with Sigma rules, and searches them; with a
console. Also scans folders of Windows event logs, JSON, syslog and auditd
files without any service.")
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(script postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/${script})
endforeach()
file(WRITE ${CMAKE_BINARY_DIR}/conffiles "/etc/tocsin/tocsin.yaml\n/etc/tocsin/forward.yaml\n")
list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/conffiles)
include(CPack)
