/* Pages: finds the folder of the pages that people use. */
#pragma once

#include "actors/part.h"
#include "transport/http/folder.h"

/* The folder of --web-dir, else `web` beside the running command, else where `cmake --install` puts it. NULL, and the
 * log says why: there are none. Main thread; reads the disk. The caller closes it. */
struct folder *pages_open(void);

extern const struct part pages_part;
