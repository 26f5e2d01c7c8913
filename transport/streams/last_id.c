/* Last id: see last_id.h. */
#include "transport/streams/last_id.h"

#include <ctype.h>

/* In any letter case, with any of the signs that stand between the words, and with the prefix of one of the clients. */
static bool names_last_id(struct text name)
{
    static const char plain[] = "evslasteventid";
    const char *at = plain + (name.n && tolower((unsigned char)*name.p) == 'l' ? 3 : 0);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '-' && name.p[i] != '_' && (!*at || tolower((unsigned char)name.p[i]) != *at++))
            return false;
    return !*at;
}

/* Proxies join two headers of one name to a list. */
static struct text last_of_list(struct text ids)
{
    const char *comma = ids.n ? memrchr(ids.p, ',', ids.n) : NULL;
    if (!comma)
        return ids;
    ids.n -= (size_t)(comma + 1 - ids.p);
    ids.p = comma + 1;
    while (ids.n && (*ids.p == ' ' || *ids.p == '\t'))
        ids.p++, ids.n--;
    return ids;
}

struct id {
    enum last_id is;
    int32_t epoch;
    int64_t seq;
};

static struct id read_id(struct text t)
{
    struct id id = { 0 };
    id.is = frame_read_id(t, &id.epoch, &id.seq);
    return id;
}

/* A later epoch is a later life of the numbering. */
static bool further(struct id a, struct id b)
{
    if (a.is != LAST_ID_GOOD || b.is != LAST_ID_GOOD)
        return a.is == LAST_ID_GOOD || (a.is == LAST_ID_BAD && b.is == LAST_ID_NONE);
    return a.epoch != b.epoch ? a.epoch > b.epoch : a.seq > b.seq;
}

enum last_id last_id_of(struct request *rq, int32_t *ret_epoch, int64_t *ret_seq)
{
    struct id header = read_id(last_of_list(request_header(rq, "last-event-id")));
    struct id query = read_id(request_query_like(rq, names_last_id));
    struct id id = further(query, header) ? query : header;
    *ret_epoch = id.epoch;
    *ret_seq = id.seq;
    return id.is;
}
