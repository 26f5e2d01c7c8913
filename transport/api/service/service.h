/* The server's own area: its health, its metrics, the pages. Worker's thread. */
#pragma once

#include "transport/api/api.h"

extern const struct area service_area;

/* What the server counts, for a monitor (metrics.c). */
extern const struct endpoint metrics_endpoints[];

/* The pages for people and their files (pages.c), and their handlers: the page of the endpoint's path, and the file that
 * its parameter `file` names. */
extern const struct endpoint pages_endpoints[];
void pages_page(struct request *rq);
void pages_asset(struct request *rq);
