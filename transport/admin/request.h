/* Admin request: the JSON an operator's command arrives as, read and bounded. Knows jansson, so that nothing else here
 * need. */
#pragma once

#include "proto/base/text.h"

enum { ADMIN_ARGS_MAX = 16 };

struct admin_request {
    const char *command; /* the texts live until admin_request_fini */
    const char *args[ADMIN_ARGS_MAX];
    size_t nargs;
    void *tree; /* private */
};

/* False for whatever is not {"v":1,"command":TEXT,"args":[TEXT,...]}, args being optional. fini is due in either case.
 */
bool admin_request_read(struct text bytes, struct admin_request *ret);
void admin_request_fini(struct admin_request *r);
