/* Accept: what a client says it can take (RFC 9110, section 12.5). Pure; any thread. */
#pragma once

#include "proto/base/text.h"

/* Does an Accept name this type itself, not by a range such as *? An absent one does not. */
bool accept_names(struct text accept, const char *type);

/* Does an Accept-Encoding take gzip, by its name or by *? An absent one does not. */
bool accept_gzip(struct text accept_encoding);
