/* Text: see text.h. */
#include "proto/base/text.h"

#include <stdlib.h>

struct text text_copy(struct text t)
{
    char *p = malloc(t.n + 1);
    if (p && t.n)
        memcpy(p, t.p, t.n);
    return (struct text){ p, p ? t.n : 0 };
}
