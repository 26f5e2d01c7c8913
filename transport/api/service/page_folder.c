/* Pages: see page_folder.h. */
#include "transport/api/service/page_folder.h"

#include "actors/part.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/place.h"
#include "transport/http/folder.h"
#include "transport/transport.h"

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
    struct folder *found = *config.web_dir ? folder_open(config.web_dir, &why) : open_beside(&why);
    if (!found)
        log_warn("there are no pages: / and /docs say so", F_TEXT("why", buf_view(&why)));
    buf_fini(&why);
    return found;
}

/* ---- the part of a worker ---- */

static struct folder *pages; /* never changes while workers run; NULL: there are none */

static bool part_prepare(const struct setup *setup)
{
    pages = pages_open();
    return true;
}

static void part_finish(void)
{
    folder_close(pages);
    pages = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    transport_of(w)->pages = pages;
    return true;
}

const struct part pages_part = { .name = "pages", .prepare = part_prepare, .finish = part_finish, .open = part_open };
