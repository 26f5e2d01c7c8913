/* Page: lines of styled text of a given width and height; what `lectern top` shows, without a terminal. Written from
 * the top down; what does not fit is cut at the right and left out below. Text of others is made safe (shown.h). One
 * owner.
 */
#pragma once

#include "tools/top/shown.h"

enum { PAGE_WIDTH_MAX = 500, PAGE_HEIGHT_MAX = 300, PAGE_SPANS_MAX = 64 };

enum page_style {
    PAGE_PLAIN,
    PAGE_DIM,
    PAGE_TITLE,
    PAGE_HEAD,     /* the line of titles above a table */
    PAGE_SORTED,   /* the title of the column it is sorted by */
    PAGE_SELECTED, /* a row, or the view among the views */
    PAGE_BAD,
    PAGE_GOOD,
    PAGE_KEY,
    PAGE_STYLES
};

struct page_span {
    size_t from; /* up to where the next begins */
    enum page_style style;
};

struct page_line {
    struct buf text;
    struct page_span spans[PAGE_SPANS_MAX];
    size_t nspans;
    int columns; /* taken */
};

struct page {
    int width, height;
    int line;                 /* where the next text goes */
    int last;                 /* lines from here on are not written */
    int skip, skipped, whole; /* private: see page_window */
    bool dim;                 /* plain text is written dim */
    struct page_line lines[PAGE_HEIGHT_MAX];
};

/* Empties it for a screen of that size, which is cut to what a page can have. */
void page_begin(struct page *p, int width, int height);
void page_fini(struct page *p);

/* Appends to the line, at most `columns` wide; returns how many it took. */
int page_text(struct page *p, enum page_style style, struct text t, int columns);
void page_puts(struct page *p, enum page_style style, const char *s);
void page_printf(struct page *p, enum page_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Blanks up to that column. */
void page_pad(struct page *p, enum page_style style, int column);
/* Likewise text that ends at the column. */
void page_right(struct page *p, enum page_style style, struct text t, int column);

void page_next(struct page *p);
/* Empties this line and all below, and goes there. */
void page_clear_from(struct page *p, int line);
/* Goes to the line, counted from 0, and may write there whatever page_window said. */
void page_go(struct page *p, int line);

/* From the present line up to `last` (exclusive) stands a part of something longer, whose first `skip` lines are left
 * out. page_window_end says how many lines the whole has. */
void page_window(struct page *p, int last, int skip);
int page_window_end(struct page *p);

static inline int page_left(const struct page *p)
{
    return p->last - p->line;
}

/* As plain lines, up to the last one that has anything. */
void page_print(const struct page *p, struct buf *out);
