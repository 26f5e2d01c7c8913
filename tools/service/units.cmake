# Run when installing: the units, with the place of the command in them.
set(bindir ${CMAKE_INSTALL_PREFIX}/bin)
set(to $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
configure_file(${source}/lectern.service.in ${to}/lectern.service @ONLY)
configure_file(${source}/lectern.socket ${to}/lectern.socket COPYONLY)
message(STATUS "Installing: ${to}/lectern.service, lectern.socket")
