/* Table: rows laid out in columns on a page: how wide each is, which fit beside each other. */
#pragma once

#include "tools/top/page.h"
#include "tools/top/rows.h"

/* A column's place on the line. */
struct table_place {
    size_t column;
    int x, width;
};

/* Which columns stand where: the first one, then those from `scroll` on that fit. A last one that is cut is left out,
 * unless it may be cut. Returns how many. */
size_t table_fit(const int *widths, const bool *may_be_cut, size_t n, size_t scroll, int total,
                 struct table_place *ret);

/* Writes titles and at most `most` rows from `first` on. `widths` has the widest so far of each column and is brought
 * up to date. `selectable`: the selected row is marked. */
void table_draw(struct page *p, const struct rows *r, const struct rows_wish *wish, size_t first, size_t most,
                bool selectable, int *widths);
