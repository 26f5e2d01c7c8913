/* Timer heap: a pairing heap. Each timer links to its first child, its next sibling, and back to the previous sibling
 * or the parent, so that any timer can be taken out. Own thread. */
#include "actors/runtime/timer.h"

#include <assert.h>

/* Joins two heaps; the earlier root wins, the older one at a tie. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->due < a->due) {
        struct timer *earlier = b;
        b = a;
        a = earlier;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child)
        a->child->prev = b;
    a->child = b;
    return a;
}

static struct timer *single(struct timer *t)
{
    if (t)
        t->next = t->prev = NULL;
    return t;
}

/* Joins siblings in pairs from the left, then the pairs from the right: this is what keeps removal logarithmic. */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL, *root = NULL;

    while (first) {
        struct timer *a = first, *b = a->next;
        first = b ? b->next : NULL;
        a = meld(single(a), single(b));
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        struct timer *rest = pairs->next;
        root = meld(root, single(pairs));
        pairs = rest;
    }
    return root;
}

void timer_heap_add(struct timer_heap *h, struct timer *t)
{
    assert(t->due && t->fire);
    t->child = NULL;
    h->root = meld(h->root, single(t));
    h->n++;
}

static void detach(struct timer *t)
{
    if (t->prev->child == t)
        t->prev->child = t->next;
    else
        t->prev->next = t->next;
    if (t->next)
        t->next->prev = t->prev;
}

void timer_heap_remove(struct timer_heap *h, struct timer *t)
{
    assert(t->due && h->n);
    struct timer *children = meld_siblings(t->child);

    if (t == h->root) {
        h->root = children;
    } else {
        detach(t);
        h->root = meld(h->root, children);
    }
    t->due = 0;
    t->child = NULL;
    single(t);
    h->n--;
}
