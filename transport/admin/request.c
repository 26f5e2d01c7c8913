/* Admin request: see request.h. */
#include "transport/admin/request.h"

#include <jansson.h>

bool admin_request_read(struct text bytes, struct admin_request *ret)
{
    json_t *tree = json_loadb(bytes.p, bytes.n, JSON_REJECT_DUPLICATES, NULL);
    json_t *args = json_object_get(tree, "args");
    *ret = (struct admin_request){ .tree = tree };
    ret->command = json_string_value(json_object_get(tree, "command"));
    ret->nargs = json_array_size(args);
    if (!ret->command || json_integer_value(json_object_get(tree, "v")) != 1 || (args && !json_is_array(args)) ||
        ret->nargs > ADMIN_ARGS_MAX)
        return false;
    for (size_t i = 0; i < ret->nargs; i++)
        if (!(ret->args[i] = json_string_value(json_array_get(args, i))))
            return false;
    return true;
}

void admin_request_fini(struct admin_request *r)
{
    json_decref(r->tree);
}
