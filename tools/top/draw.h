/* Draw: the page that shows what top.h knows, for any size of screen. */
#pragma once

#include "tools/top/top.h"

/* Writes the page; remembers in t what depends on its size (first row or line, widths of columns). */
void draw(struct top *t, int64_t now_ms, struct page *p);
