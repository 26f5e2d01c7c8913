/* Html: see html.h. */
#include "proto/base/html.h"

static const char *const entities[UINT8_MAX + 1] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
};

void html_put(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        const char *entity = entities[(unsigned char)t.p[i]];
        if (entity)
            buf_puts(out, entity);
        else
            buf_putc(out, t.p[i]);
    }
}
