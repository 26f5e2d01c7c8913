/* Origin: web origins as they are configured and as browsers name them (RFC 6454, section 6.2), read by libcurl's
 * parser of URLs. Any thread. */
#pragma once

#include "proto/base/buf.h"

/* Appends a list of origins, separated by commas, in the one form in which they are compared: scheme and host in lower
 * case, names of other letters as punycode, the usual port left out, and without what follows the host, since addresses
 * are copied from browsers. The list given is separated by commas or blanks, or a JSON array of texts. `*` is any
 * origin; in an origin it stands for one label of the host (*.example.org) and as the port for any or none
 * (localhost:*). False with a sentence in why: what is no origin, and `null`, which all pages in a sandbox have. */
bool origin_list_read(const char *list, struct buf *out, struct buf *why);

enum origin_found { ORIGIN_ABSENT, ORIGIN_BY_ANY, ORIGIN_LISTED };

/* Is it in such a list, as origin_list_read writes it? By its own entry rather than by `*`. */
enum origin_found origin_find(const char *list, struct text origin);

/* Appends the name of a host as browsers send it: as above; a scheme or a path around it is left out. False with a
 * sentence in why, for one with a port too. */
bool origin_host_read(struct text host, struct buf *out, struct buf *why);
