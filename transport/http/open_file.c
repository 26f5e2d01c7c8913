/* Open file: see open_file.h. */
#include "transport/http/open_file.h"

#include "transport/http/http_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct open_file *open_file_create(struct http *h, int fd, const struct stat *info, const char *key,
                                   const char *content_type, const char *extra)
{
    extra = extra ? extra : "";
    size_t k = strlen(key) + 1, t = strlen(content_type) + 1, e = strlen(extra) + 1;
    struct open_file *f = malloc(sizeof *f + k + t + e);
    if (!f) {
        close(fd);
        return NULL;
    }
    *f = (struct open_file){ .refs = 1,
                             .fd = fd,
                             .size = (uint64_t)info->st_size,
                             .opened = uv_now(h->wires.loop),
                             .modified = info->st_mtim,
                             .content_type = f->key + k,
                             .extra = f->key + k + t };
    memcpy(f->key, key, k);
    memcpy(f->content_type, content_type, t);
    memcpy(f->extra, extra, e);
    return f;
}

struct open_file *open_file_ref(struct open_file *f)
{
    assert(f->refs && f->fd >= 0);
    f->refs++;
    return f;
}

void open_file_unref(void *p)
{
    struct open_file *f = p;
    if (!f)
        return;
    assert(f->refs);
    if (--f->refs)
        return;
    close(f->fd);
    free(f);
}

static struct open_file **place_of(struct http *h, const char *key)
{
    uint32_t hash = 2166136261u;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return &h->open_files.places[hash % OPEN_FILES];
}

static bool is_fresh(const struct http *h, const struct open_file *f)
{
    return uv_now(h->wires.loop) - f->opened < OPEN_FILE_MS;
}

struct open_file *open_file_find(struct http *h, const char *key)
{
    struct open_file *f = *place_of(h, key);
    return f && is_fresh(h, f) && !strcmp(f->key, key) ? f : NULL;
}

void open_file_keep(struct http *h, struct open_file *f)
{
    struct open_file **place = place_of(h, f->key);
    open_file_unref(*place);
    *place = open_file_ref(f);
    wires_watch(&h->wires); /* which forgets it */
}

void open_file_trim(struct http *h, bool all)
{
    for (int i = 0; i < OPEN_FILES; i++) {
        struct open_file **place = &h->open_files.places[i];
        if (!*place || (!all && is_fresh(h, *place)))
            continue;
        open_file_unref(*place);
        *place = NULL;
    }
}
