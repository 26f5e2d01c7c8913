/* Url: addresses of other services, read by libcurl's parser, which is the one that later calls them. Any thread. */
#pragma once

#include <stdbool.h>

/* May one believe what comes from there, and send secrets there? Over https, or by http if the host is this machine: a
 * loopback address however it is spelled, or localhost. `named`: a user name and a password may stand in it, as in that
 * of a proxy. */
bool url_trusted(const char *url, bool named);
