/* Detail: pages longer than a screen: the overview, an open actor, an open room. They are written into a window of the
 * page (page_window). */
#pragma once

#include "tools/top/top.h"

void detail_overview(const struct top *t, struct page *p);
void detail_open(const struct top *t, struct page *p);
