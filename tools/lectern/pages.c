/* Pages: see pages.h. */
#include "tools/lectern/pages.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/place.h"

#include <stdio.h>

/* In the build folder, and where `cmake --install` puts them. */
static const char *const beside[] = { "web", "../share/lectern/web" };

static struct folder *open_beside(struct buf *why)
{
    char own[PATH_MAX], path[PATH_MAX + 32];
    struct folder *found = NULL;
    bool known = place_folder(own);
    for (size_t i = 0; known && i < sizeof beside / sizeof *beside && !found; i++) {
        snprintf(path, sizeof path, "%s/%s", own, beside[i]);
        buf_reset(why);
        found = folder_open(path, why);
    }
    return found;
}

struct folder *pages_open(void)
{
    struct buf why = { 0 };
    struct folder *pages = *config.web_dir ? folder_open(config.web_dir, &why) : open_beside(&why);
    if (!pages)
        log_warn("there are no pages: / and /docs say so", F_TEXT("why", buf_view(&why)));
    buf_fini(&why);
    return pages;
}
