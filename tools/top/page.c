/* Page: see page.h. */
#include "tools/top/page.h"

#include <stdio.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

void page_begin(struct page *p, int width, int height)
{
    p->width = least(width < 1 ? 1 : width, PAGE_WIDTH_MAX);
    p->height = p->last = least(height < 1 ? 1 : height, PAGE_HEIGHT_MAX);
    p->line = p->skip = p->skipped = p->whole = 0;
    p->dim = false;
    page_clear_from(p, 0);
}

void page_clear_from(struct page *p, int line)
{
    for (int i = line; i < PAGE_HEIGHT_MAX; i++) {
        buf_reset(&p->lines[i].text);
        p->lines[i].nspans = 0;
        p->lines[i].columns = 0;
    }
    page_go(p, line);
}

void page_fini(struct page *p)
{
    for (int i = 0; i < PAGE_HEIGHT_MAX; i++)
        buf_fini(&p->lines[i].text);
}

/* Where text goes; NULL: nowhere. */
static struct page_line *here(struct page *p)
{
    return p->skipped < p->skip || p->line >= p->last ? NULL : &p->lines[p->line];
}

static void begin_span(const struct page *p, struct page_line *l, enum page_style style)
{
    style = p->dim && style != PAGE_BAD && style != PAGE_SELECTED && style != PAGE_KEY ? PAGE_DIM : style;
    if ((!l->nspans || l->spans[l->nspans - 1].style != style) && l->nspans < PAGE_SPANS_MAX)
        l->spans[l->nspans++] = (struct page_span){ l->text.n, style };
}

int page_text(struct page *p, enum page_style style, struct text t, int columns)
{
    struct page_line *l = here(p);
    int room = l ? least(columns, p->width - l->columns) : 0;
    if (room <= 0)
        return 0;
    begin_span(p, l, style);
    int used = shown_put(&l->text, t, room);
    l->columns += used;
    return used;
}

void page_puts(struct page *p, enum page_style style, const char *s)
{
    (void)page_text(p, style, text_of(s), PAGE_WIDTH_MAX);
}

void page_printf(struct page *p, enum page_style style, const char *format, ...)
{
    char text[PAGE_WIDTH_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    page_puts(p, style, text);
}

void page_pad(struct page *p, enum page_style style, int column)
{
    struct page_line *l = here(p);
    if (!l || l->columns >= least(column, p->width))
        return;
    begin_span(p, l, style);
    for (; l->columns < least(column, p->width); l->columns++)
        buf_putc(&l->text, ' ');
}

void page_right(struct page *p, enum page_style style, struct text t, int column)
{
    page_pad(p, style, column - shown_width(t));
    (void)page_text(p, style, t, PAGE_WIDTH_MAX);
}

void page_next(struct page *p)
{
    p->whole++;
    if (p->skipped < p->skip)
        p->skipped++;
    else if (p->line < p->last)
        p->line++;
}

void page_go(struct page *p, int line)
{
    p->line = line;
    p->last = p->height;
    p->skip = p->skipped = 0;
}

void page_window(struct page *p, int last, int skip)
{
    p->last = least(last, p->height);
    p->skip = skip;
    p->skipped = p->whole = 0;
}

int page_window_end(struct page *p)
{
    int whole = p->whole;
    page_go(p, p->last);
    return whole;
}

void page_print(const struct page *p, struct buf *out)
{
    int height = p->height;
    while (height && !p->lines[height - 1].text.n)
        height--;
    for (int i = 0; i < height; i++) {
        struct text line = buf_view(&p->lines[i].text);
        while (line.n && line.p[line.n - 1] == ' ')
            line.n--;
        buf_text(out, line);
        buf_putc(out, '\n');
    }
}
