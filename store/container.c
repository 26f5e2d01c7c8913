/* Container: see container.h. Both formats are trees of boxes: a kind, a length, content. What is wanted lies at a
 * fixed path, so one descent without recursion finds it. */
#include "store/container.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stretch of the file. */
struct span {
    int fd;
    uint64_t at, end;
    int *steps; /* boxes that may still be looked at */
};

static bool read_at(const struct span *s, uint64_t at, void *to, size_t n)
{
    if (at > s->end || n > s->end - at)
        return false;
    ssize_t got;
    do
        got = pread(s->fd, to, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)n;
}

static uint64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static bool plausible(double seconds, double *ret)
{
    if (!isfinite(seconds) || seconds <= 0 || seconds > 1e9)
        return false;
    *ret = seconds;
    return true;
}

/* ---- MP4 ---- */

/* The next box within s, which moves behind it; its content in ret. */
static bool next_box(struct span *s, char ret_kind[static 4], struct span *ret)
{
    unsigned char head[16];
    uint64_t n, header = 8;
    if (--*s->steps < 0 || !read_at(s, s->at, head, 8))
        return false;
    n = big_endian(head, 4);
    if (n == 1) {
        if (!read_at(s, s->at, head, 16))
            return false;
        n = big_endian(head + 8, 8);
        header = 16;
    } else if (n == 0) {
        n = s->end - s->at; /* to the end of the file */
    }
    if (n < header || n > s->end - s->at)
        return false;
    memcpy(ret_kind, head + 4, 4);
    *ret = (struct span){ s->fd, s->at + header, s->at + n, s->steps };
    s->at += n;
    return true;
}

static bool find_box(struct span s, const char *kind, struct span *ret)
{
    char found[4];
    while (next_box(&s, found, ret))
        if (!memcmp(found, kind, 4))
            return true;
    return false;
}

/* Version 1 has 64-bit times; an all-ones duration is an unknown one. */
static bool movie_duration(const struct span *mvhd, double *ret)
{
    unsigned char p[32];
    if (!read_at(mvhd, mvhd->at, p, 20) || (p[0] && !read_at(mvhd, mvhd->at, p, 32)))
        return false;
    uint64_t scale = big_endian(p + (p[0] ? 20 : 12), 4);
    uint64_t n = p[0] ? big_endian(p + 24, 8) : big_endian(p + 16, 4);
    if (!scale || n == (p[0] ? UINT64_MAX : UINT32_MAX))
        return false;
    return plausible((double)n / (double)scale, ret);
}

static bool mp4_duration(struct span file, double *ret)
{
    struct span moov, mvhd;
    return find_box(file, "moov", &moov) && find_box(moov, "mvhd", &mvhd) && movie_duration(&mvhd, ret);
}

/* ---- WebM ---- */

enum { EBML_HEAD = 0x1a45dfa3, SEGMENT = 0x18538067, INFO = 0x1549a966, SCALE = 0x2ad7b1, DURATION = 0x4489 };

/* A number whose first byte says by its leading zeros how long it is. `marked`: the marker counts as part of it. */
static bool read_vint(const struct span *s, uint64_t *at, bool marked, uint64_t *ret, bool *ret_unknown)
{
    unsigned char p[8];
    size_t n = 1;
    if (!read_at(s, *at, p, 1) || !p[0])
        return false;
    while (!(p[0] & 0x80u >> (n - 1)))
        n++;
    if (!read_at(s, *at, p, n))
        return false;
    uint64_t mask = (1ull << 7 * n) - 1, v = big_endian(p, n);
    *ret_unknown = (v & mask) == mask;
    *ret = marked ? v : v & mask;
    *at += n;
    return true;
}

/* An element whose length is unknown (a stream that was being recorded) reaches to the end of what holds it. */
static bool next_element(struct span *s, uint64_t *ret_id, struct span *ret)
{
    uint64_t at = s->at, n;
    bool unknown;
    if (--*s->steps < 0 || !read_vint(s, &at, true, ret_id, &unknown) || !read_vint(s, &at, false, &n, &unknown))
        return false;
    if (unknown)
        n = s->end - at;
    if (n > s->end - at)
        return false;
    *ret = (struct span){ s->fd, at, at + n, s->steps };
    s->at = at + n;
    return true;
}

static bool find_element(struct span s, uint64_t id, struct span *ret)
{
    uint64_t found;
    while (next_element(&s, &found, ret))
        if (found == id)
            return true;
    return false;
}

static bool read_float(const struct span *s, double *ret)
{
    unsigned char p[8];
    uint64_t n = s->end - s->at;
    if ((n != 4 && n != 8) || !read_at(s, s->at, p, (size_t)n))
        return false;
    uint64_t bits = big_endian(p, (size_t)n);
    uint32_t bits32 = (uint32_t)bits;
    float f;
    memcpy(&f, &bits32, sizeof f);
    memcpy(ret, &bits, sizeof *ret);
    if (n == 4)
        *ret = f;
    return true;
}

static bool webm_duration(struct span file, double *ret)
{
    struct span segment, info, element;
    unsigned char p[8];
    uint64_t scale = 1000000; /* nanoseconds */
    double duration;
    if (!find_element(file, SEGMENT, &segment) || !find_element(segment, INFO, &info) ||
        !find_element(info, DURATION, &element) || !read_float(&element, &duration))
        return false;
    if (find_element(info, SCALE, &element)) {
        uint64_t n = element.end - element.at;
        if (n > 8 || !read_at(&element, element.at, p, (size_t)n))
            return false;
        scale = big_endian(p, (size_t)n);
    }
    return plausible(duration * (double)scale / 1e9, ret);
}

bool container_duration(int fd, double *ret_seconds)
{
    struct stat info;
    unsigned char head[8];
    int steps = CONTAINER_STEPS;
    if (fstat(fd, &info) < 0 || info.st_size < 8)
        return false;
    struct span file = { fd, 0, (uint64_t)info.st_size, &steps };
    if (!read_at(&file, 0, head, sizeof head))
        return false;
    if (!memcmp(head + 4, "ftyp", 4))
        return mp4_duration(file, ret_seconds);
    return big_endian(head, 4) == EBML_HEAD && webm_duration(file, ret_seconds);
}
