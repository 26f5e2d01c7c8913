/* Disposition: the parameters of a header such as Content-Disposition or Content-Type, and the file name among them in
 * every form that clients have for one (RFC 6266, RFC 7578 section 4.2, RFC 8187, RFC 2047). Pure; any thread. */
#pragma once

#include "proto/base/text.h"

/* The first `; name=value` or `; name="value"` of a header, as it was sent (\" inside is left as it is), borrowed.
 * False if there is none before the header's end or before what cannot be read. */
bool disposition_parameter(struct text header, const char *name, struct text *ret);

/* The file name of a part. `filename*` counts before `filename`; encoded words, \" and %22 in the latter are read. What
 * is broken is no error: the other form counts, else the name as it was sent. The bytes are in the charset that the
 * client says, which is UTF-8 with all that are in use. Decodes in place: the header is overwritten, and ret borrows
 * from it. False if there is neither. */
bool disposition_file_name(char *header, size_t n, struct text *ret);
