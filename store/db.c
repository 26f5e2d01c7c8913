/* Db: parameters of executions and reading of results; the part all implementations share. No connection here. */
#include "store/db.h"

#include "proto/base/stamp.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdlib.h>

#define POSTGRES_EPOCH_US INT64_C(946684800000000) /* 2000-01-01, where its timestamps begin */

/* A fixed-size value: its bytes live in the scratch of its place. */
static void put_scratch(struct db_params *p, const void *bytes, int n)
{
    assert(p->n < DB_MAX_PARAMS);
    int i = p->n++;
    memcpy(p->scratch[i], bytes, (size_t)n);
    p->values[i] = p->scratch[i];
    p->lengths[i] = n;
    p->formats[i] = 1;
}

void db_param_null(struct db_params *p)
{
    assert(p->n < DB_MAX_PARAMS);
    int i = p->n++;
    p->values[i] = NULL;
    p->lengths[i] = 0;
    p->formats[i] = 1;
}

void db_param_int4(struct db_params *p, int32_t v)
{
    uint32_t be = htobe32((uint32_t)v);
    put_scratch(p, &be, sizeof be);
}

void db_param_int8(struct db_params *p, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);
    put_scratch(p, &be, sizeof be);
}

void db_param_bool(struct db_params *p, bool v)
{
    char byte = v ? 1 : 0;
    put_scratch(p, &byte, sizeof byte);
}

void db_param_float8(struct db_params *p, double v)
{
    uint64_t bits;
    static_assert(sizeof bits == sizeof v, "float8");
    memcpy(&bits, &v, sizeof bits);
    db_param_int8(p, (int64_t)bits);
}

void db_param_timestamp(struct db_params *p, int64_t us)
{
    db_param_int8(p, us - POSTGRES_EPOCH_US);
}

void db_param_binary(struct db_params *p, struct text v)
{
    db_param_null(p);
    if (!v.p)
        return;
    assert(v.n <= INT32_MAX);
    p->values[p->n - 1] = v.p;
    p->lengths[p->n - 1] = (int)v.n;
}

void db_param_text(struct db_params *p, struct text v)
{
    db_param_binary(p, v);
}

int64_t db_int(const struct db_result *r, int row, int column)
{
    struct text t = db_text(r, row, column);
    size_t i = t.n && *t.p == '-';
    uint64_t v = 0;
    for (; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++)
        v = v * 10 + (uint64_t)(t.p[i] - '0');
    return (int64_t)(t.n && *t.p == '-' ? 0 - v : v);
}

bool db_bool(const struct db_result *r, int row, int column)
{
    struct text t = db_text(r, row, column);
    return t.n && *t.p == 't';
}

bool db_null(const struct db_result *r, int row, int column)
{
    return !db_text(r, row, column).p;
}

double db_real(const struct db_result *r, int row, int column)
{
    char digits[64];
    struct text t = db_text(r, row, column);
    if (!t.n || t.n >= sizeof digits)
        return NAN;
    memcpy(digits, t.p, t.n);
    digits[t.n] = 0;
    return strtod(digits, NULL);
}

int64_t db_stamp(const struct db_result *r, int row, int column)
{
    int64_t us;
    struct text t = db_text(r, row, column);
    return t.p && stamp_read(t, &us) ? us : 0;
}
