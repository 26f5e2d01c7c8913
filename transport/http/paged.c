/* Paged: see paged.h. */
#include "transport/http/paged.h"

static void give(struct request *rq, struct paged *p)
{
    struct text piece = { p->page.p + p->given, p->page.n - p->given };
    if (piece.n <= BODY_PIECE_MOST && p->over) {
        body_finish(rq, piece);
        return;
    }
    piece.n = piece.n < BODY_PIECE_MOST ? piece.n : BODY_PIECE_MOST;
    p->given += piece.n;
    body_give(rq, piece);
}

static void more(struct request *rq)
{
    struct paged *p = request_data(rq);
    if (p->given < p->page.n || p->over) {
        give(rq, p);
        return;
    }
    buf_reset(&p->page);
    p->given = 0;
    p->next(rq);
}

static void release(struct request *rq)
{
    struct paged *p = request_data(rq);
    buf_fini(&p->page);
}

void paged_made(struct request *rq)
{
    struct paged *p = request_data(rq);
    if (p->page.failed)
        body_fail(rq);
    else if (p->page.n || p->over)
        give(rq, p);
    else
        p->next(rq);
}

void paged_begin(struct request *rq, const struct body_head *head)
{
    static const struct body_source source = { more, release };
    body_begin(rq, head, &source);
}
