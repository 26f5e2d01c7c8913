/* Place: where the running command lies, and what therefore belongs to it: its pages, its configuration. Any thread. */
#pragma once

#include <limits.h>
#include <stdbool.h>

/* The folder of the running command, without a slash at its end. False if it is not known. */
bool place_folder(char ret[static PATH_MAX]);

/* The configuration file of an installed command: PREFIX/etc/lectern/lectern.conf for one in PREFIX/bin, and without
 * the /usr for one in /usr/bin. False for a command that is not installed (its folder is no bin), and where there is no
 * such file. */
bool place_configuration(char ret[static PATH_MAX]);
