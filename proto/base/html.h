/* Html: text for a page or a mail. Any thread. */
#pragma once

#include "proto/base/buf.h"

/* Appends a text so that it means itself between tags and within a value in quotation marks (HTML, section 13.3). */
void html_put(struct buf *out, struct text t);
