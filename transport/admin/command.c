/* Command: what a command reads of its words. See command.h. */
#include "transport/admin/command.h"

#include <errno.h>
#include <stdlib.h>

const char *admin_option(const struct admin_call *call, const char *name)
{
    for (size_t i = 0; i < call->ngiven; i++)
        if (!strcmp(call->given[i].name, name))
            return call->given[i].value;
    return NULL;
}

bool admin_read_number(const char *what, const char *text, int64_t least, int64_t most, int64_t *ret, struct buf *why)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < least || value > most) {
        buf_printf(why, "%s is a whole number from %lld to %lld, not \"%.40s\"", what, (long long)least,
                   (long long)most, text);
        return false;
    }
    *ret = value;
    return true;
}

bool admin_number(const struct admin_call *call, const char *name, int64_t least, int64_t most, int64_t absent,
                  int64_t *ret, struct buf *why)
{
    const char *text = admin_option(call, name);
    *ret = absent;
    return !text || admin_read_number(name, text, least, most, ret, why);
}
