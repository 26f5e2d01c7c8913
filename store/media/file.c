/* File: see file.h. */
#include "store/media/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool media_open(struct media_file *f, int fd)
{
    struct stat info;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return false;
    f->fd = fd;
    f->size = (uint64_t)info.st_size;
    f->window_at = f->window_n = 0;
    return true;
}

static bool show(struct media_file *f, uint64_t at)
{
    ssize_t got;
    do
        got = pread(f->fd, f->window, sizeof f->window, (off_t)at);
    while (got < 0 && errno == EINTR);
    f->window_at = at;
    f->window_n = got > 0 ? (size_t)got : 0;
    return got > 0;
}

size_t media_read_some(struct media_file *f, uint64_t at, void *to, size_t n)
{
    size_t done = 0;
    while (done < n && at < f->size) {
        bool seen = at >= f->window_at && at - f->window_at < f->window_n;
        if (!seen && !show(f, at))
            break;
        size_t from = (size_t)(at - f->window_at), take = f->window_n - from;
        if (take > n - done)
            take = n - done;
        memcpy((char *)to + done, f->window + from, take);
        done += take;
        at += take;
    }
    return done;
}

bool media_read(struct media_file *f, uint64_t at, void *to, size_t n)
{
    return media_read_some(f, at, to, n) == n;
}

uint64_t media_number(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint64_t media_content(struct media_file *f)
{
    unsigned char tag[10];
    uint64_t at = 0;
    while (media_read(f, at, tag, sizeof tag) && !memcmp(tag, "ID3", 3) && tag[3] < 0xff && tag[4] < 0xff &&
           !((tag[6] | tag[7] | tag[8] | tag[9]) & 0x80)) {
        uint64_t n = (uint64_t)tag[6] << 21 | (uint64_t)tag[7] << 14 | (uint64_t)tag[8] << 7 | tag[9];
        at += 10 + n + (tag[5] & 0x10 ? 10 : 0);
    }
    return at;
}

size_t media_stream_read(struct media_stream *s, void *to, size_t n)
{
    uint64_t left = s->end - s->begin - s->at;
    size_t got = media_read_some(s->file, s->begin + s->at, to, n < left ? n : (size_t)left);
    s->at += got;
    return got;
}

int64_t media_stream_seek(struct media_stream *s, int64_t offset, int whence)
{
    int64_t all = (int64_t)(s->end - s->begin);
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)s->at : all;
    if (offset < -from || offset > all - from)
        return -1;
    s->at = (uint64_t)(from + offset);
    return from + offset;
}
