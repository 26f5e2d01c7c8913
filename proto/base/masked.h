/* Masked: text that may have a secret in it, for logs, refusals and operators. Any thread. */
#pragma once

#include "proto/base/buf.h"

/* Appends a text of which nothing is known, with *** in place of what may be secret: of an address what stands before
 * an @ and what follows ? or #; what follows a word such as password= or key=; the whole of a JSON object, of PEM, and
 * of a database's address. What is none of these stays as it is. */
void masked_put(const char *value, struct buf *out);

/* Appends "TEXT" and what is wrong with it, for a refusal; of a long text its beginning. */
void masked_quote(struct text t, const char *what, struct buf *why);
