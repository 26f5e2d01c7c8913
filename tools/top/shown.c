/* Shown: see shown.h. */
#include "tools/top/shown.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <wchar.h>

enum { MARKS_MOST = 4 }; /* on top of a character; more would climb over the lines above */

void shown_begin(void)
{
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* What has a width of its own making in some terminals, or turns the writing around. */
static const struct range {
    uint32_t first, last;
    bool dropped; /* else shown as '?' */
} odd[] = {
    { 0x00, 0x1f, false },     { 0x7f, 0x9f, false },     { 0x61c, 0x61c, false },   { 0x200b, 0x200d, true },
    { 0x200e, 0x200f, false }, { 0x2028, 0x202e, false }, { 0x2060, 0x2064, true },  { 0x2065, 0x206f, false },
    { 0xfe00, 0xfe0f, true },  { 0xfeff, 0xfeff, true },  { 0xfff9, 0xfffb, false }, { 0xe0000, 0xe0fff, true },
};

/* One character and how it is shown: its bytes, or '?' (bytes NULL), or nothing (width 0 and no bytes). */
struct piece {
    struct text bytes;
    int width;
};

static struct piece odd_piece(bool dropped)
{
    return (struct piece){ dropped ? (struct text){ NULL, 0 } : TEXT("?"), !dropped };
}

static struct piece piece_of(uint32_t point, struct text bytes)
{
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (point >= odd[i].first && point <= odd[i].last)
            return odd_piece(odd[i].dropped);
    int width = wcwidth((wchar_t)point);
    return width < 0 ? odd_piece(false) : (struct piece){ bytes, width };
}

/* Takes one character off the text; a byte that begins none is taken alone. */
static struct piece take(struct text *t)
{
    wchar_t point = 0;
    mbstate_t state = { 0 };
    size_t n = mbrtowc(&point, t->p, t->n, &state);
    bool whole = n != (size_t)-1 && n != (size_t)-2;
    n = !whole || !n ? 1 : n; /* NUL is a character like others */
    struct piece piece = whole ? piece_of((uint32_t)point, (struct text){ t->p, n }) : odd_piece(false);
    t->p += n;
    t->n -= n;
    return piece;
}

int shown_put(struct buf *out, struct text t, int columns)
{
    int used = 0, marks = 0;
    size_t fits = out->n; /* where a '~' would go: everything before leaves a column for it */
    int fits_used = 0;
    while (t.n) {
        struct piece piece = take(&t);
        marks = piece.width ? 0 : marks + 1;
        if (piece.bytes.n && !piece.width && (marks > MARKS_MOST || !used))
            continue;
        if (used + piece.width > columns) {
            out->n = fits;
            if (fits_used < columns)
                buf_putc(out, '~');
            return fits_used + (fits_used < columns);
        }
        buf_put(out, piece.bytes.p, piece.bytes.n);
        used += piece.width;
        if (used < columns) {
            fits = out->n;
            fits_used = used;
        }
    }
    return used;
}

int shown_width(struct text t)
{
    int width = 0;
    while (t.n)
        width += take(&t).width;
    return width;
}

struct text shown_after(struct text t, int columns)
{
    while (t.n && columns > 0)
        columns -= take(&t).width;
    return t;
}

void shown_all(struct buf *out, struct text t)
{
    (void)shown_put(out, t, INT_MAX);
}
