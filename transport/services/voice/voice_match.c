/* Voice match: see voice_match.h. */
#include "transport/services/voice/voice_match.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static const double rounding = 1e-9; /* a lead of 0.35 over 0.32 is one of 0.03 */

struct voice_verdict voice_judge(const double *scores, size_t n, struct voice_rule rule)
{
    struct voice_verdict v = { .best = -1 };
    double second = -2; /* less than anybody's */
    for (size_t i = 0; i < n; i++) {
        if (v.best < 0 || scores[i] > v.score) {
            second = v.best < 0 ? second : v.score;
            v.best = (int)i;
            v.score = scores[i];
        } else if (scores[i] > second) {
            second = scores[i];
        }
    }
    double lead = v.score - second + rounding;
    if (n)
        v.recognised =
            v.score + rounding >= rule.threshold ? n == 1 || lead >= rule.margin : n > 1 && lead >= VOICE_LEAD;
    return v;
}

double voice_cosine(const float *a, const float *b)
{
    double product = 0, aa = 0, bb = 0;
    for (int i = 0; i < VOICE_FLOATS; i++) {
        product += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return fmin(fmax(product / sqrt(aa * bb), -1), 1);
}

/* ---- what is kept of somebody ---- */

static bool read_embedding(const json_t *list, float *ret)
{
    double length = 0;
    if (json_array_size(list) != VOICE_FLOATS) /* 0 of what is no list */
        return false;
    for (size_t i = 0; i < VOICE_FLOATS; i++) {
        const json_t *number = json_array_get(list, i);
        if (!json_is_number(number))
            return false;
        ret[i] = (float)json_number_value(number);
        length += (double)ret[i] * ret[i];
    }
    return isfinite(length) && length > 0;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile_90(double *scores, size_t n)
{
    qsort(scores, n, sizeof *scores, by_size);
    double place = 0.9 * (double)(n - 1);
    size_t below = (size_t)place;
    double above = below + 1 < n ? scores[below + 1] : scores[below];
    return scores[below] + (place - (double)below) * (above - scores[below]);
}

/* The list itself, or the lists of its objects; those that are none count for nothing. */
static size_t score_all(const json_t *root, const float *sound, double *scores)
{
    float one[VOICE_FLOATS];
    size_t n = 0;
    if (read_embedding(root, one))
        scores[n++] = voice_cosine(one, sound);
    for (size_t i = 0; i < json_array_size(root) && n < VOICE_EMBEDDINGS_MOST; i++)
        if (read_embedding(json_object_get(json_array_get(root, i), "embedding"), one))
            scores[n++] = voice_cosine(one, sound);
    return n;
}

bool voice_score(struct text known, const float *sound, double *ret)
{
    double scores[VOICE_EMBEDDINGS_MOST];
    json_t *root = known.p ? json_loadb(known.p, known.n, 0, NULL) : NULL;
    size_t n = score_all(root, sound, scores);
    json_decref(root);
    if (n)
        *ret = percentile_90(scores, n);
    return n;
}

void voice_put_embedding(struct buf *out, const float *floats)
{
    for (int i = 0; i < VOICE_FLOATS; i++)
        buf_printf(out, "%c%.9g", i ? ',' : '[', (double)floats[i]);
    buf_putc(out, ']');
}
