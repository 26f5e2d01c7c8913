/* Table: see table.h. */
#include "tools/top/table.h"

enum { GAP = 2, TEXT_LEAST = 6, WIDTH_MOST = 48 };

size_t table_fit(const int *widths, const bool *may_be_cut, size_t n, size_t scroll, int total, struct table_place *ret)
{
    size_t placed = 0;
    int x = 0;
    for (size_t c = 0; c < n && x < total; c = c ? c + 1 : 1 + scroll) {
        int left = total - x, width = widths[c];
        bool fits = width <= left, cut = may_be_cut[c] && left >= TEXT_LEAST;
        if (!fits && !cut && placed)
            break;
        ret[placed++] = (struct table_place){ c, x, fits ? width : left };
        x += width + GAP;
    }
    return placed;
}

struct part {
    const struct rows *r;
    size_t first, end;
};

/* Numbers stand at the right. */
static bool measure(const struct part *part, size_t column, int *width)
{
    const struct rows_column *c = &part->r->columns[column];
    bool numbers = false, texts = false;
    struct figure_cell cell;
    int widest = shown_width(text_of(c->title));
    for (size_t i = part->first; i < part->end; i++) {
        rows_cell(part->r, i, column, &cell);
        int w = shown_width(text_of(cell.text));
        widest = w > widest ? w : widest;
        numbers |= cell.is_number;
        texts |= !cell.is_number && strcmp(cell.text, "-") != 0;
    }
    if (column + 1 < part->r->ncolumns)
        widest = widest < WIDTH_MOST ? widest : WIDTH_MOST;
    *width = widest > *width ? widest : *width;
    return (numbers || c->figure != FIGURE_PLAIN) && !texts;
}

static void put(struct page *p, enum page_style style, const char *s, const struct table_place *at, bool right,
                enum page_style pad)
{
    int w = shown_width(text_of(s));
    page_pad(p, pad, right && w < at->width ? at->x + at->width - w : at->x);
    (void)page_text(p, style, text_of(s), at->width);
}

static void draw_titles(struct page *p, const struct rows *r, const struct table_place *places, size_t n,
                        const bool *right)
{
    for (size_t i = 0; i < n; i++) {
        size_t c = places[i].column;
        put(p, c == r->sorted ? PAGE_SORTED : PAGE_HEAD, r->columns[c].title, &places[i], right[c], PAGE_HEAD);
    }
    page_pad(p, PAGE_HEAD, p->width);
    page_next(p);
}

static void draw_row(struct page *p, const struct part *part, size_t row, const struct table_place *places, size_t n,
                     const bool *right, enum page_style style)
{
    struct figure_cell cell;
    bool silent = json_is_false(json_object_get(part->r->each[row].now, "answered"));
    style = silent && style == PAGE_PLAIN ? PAGE_BAD : style;
    for (size_t i = 0; i < n; i++) {
        rows_cell(part->r, row, places[i].column, &cell);
        bool bad = cell.bad && style != PAGE_SELECTED;
        put(p, bad ? PAGE_BAD : style, cell.text, &places[i], right[places[i].column], style);
    }
    if (style == PAGE_SELECTED)
        page_pad(p, style, p->width);
    page_next(p);
}

void table_draw(struct page *p, const struct rows *r, const struct rows_wish *wish, size_t first, size_t most,
                bool selectable, int *widths)
{
    struct table_place places[VIEW_COLUMNS_MAX];
    bool right[VIEW_COLUMNS_MAX], cut[VIEW_COLUMNS_MAX];
    struct part part = { r, first, first + most < r->n ? first + most : r->n };
    for (size_t c = 0; c < r->ncolumns; c++) {
        right[c] = measure(&part, c, &widths[c]);
        cut[c] = !right[c];
    }
    size_t n = table_fit(widths, cut, r->ncolumns, wish->scroll, p->width, places);
    draw_titles(p, r, places, n, right);
    for (size_t i = part.first; i < part.end; i++)
        draw_row(p, &part, i, places, n, right, selectable && i == r->selected ? PAGE_SELECTED : PAGE_PLAIN);
}
