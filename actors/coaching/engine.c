/* Engine: see engine.h. */
#include "actors/coaching/engine.h"

enum { MILDEST = 1, STRONGEST = 3 };

/* A measure over its threshold: the first row that holds decides. */
static const struct rule {
    size_t measure;   /* in a frame */
    size_t threshold; /* among the thresholds */
    double steep;     /* intensity per unit over it */
    const char *type, *message;
} rules[] = {
    { offsetof(struct coaching_frame, overlap_ratio), offsetof(struct engine_thresholds, overlap_ratio), 10, "PAUSE",
      "Consider pausing to let the other person speak." },
    { offsetof(struct coaching_frame, speaking_rate), offsetof(struct engine_thresholds, speaking_rate), 2, "SLOW_DOWN",
      "Try slowing down." },
};

static double number_at(const void *in, size_t at)
{
    return *(const double *)((const char *)in + at);
}

static int intensity(double over, double steep)
{
    double strength = over * steep;
    return strength >= STRONGEST ? STRONGEST : strength >= MILDEST ? (int)strength : MILDEST;
}

bool engine_judge(const struct coaching_frame *frame, const struct engine_thresholds *over, struct coaching_nudge *ret)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *r = &rules[i];
        double beyond = number_at(frame, r->measure) - number_at(over, r->threshold);
        if (!(number_at(frame, r->measure) > number_at(over, r->threshold)))
            continue;
        *ret = (struct coaching_nudge){ r->type, intensity(beyond, r->steep), r->message };
        return true;
    }
    return false;
}
