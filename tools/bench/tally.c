/* Tally: see tally.h. */
#include "tools/bench/tally.h"

#include "tools/bench/clock.h"

bool tally_sane(const struct tally *t)
{
    return t->connections > 0 && t->connections <= TALLY_CONNECTIONS_MOST && t->seconds > 0;
}

void tally_begin(struct tally *t)
{
    watches_begin(&t->watches);
    t->from = clock_ns();
    t->counting = true;
}

void tally_answer(struct tally *t, uint64_t asked)
{
    if (!t->counting)
        return;
    t->answers++;
    histogram_add(&t->latency, clock_ns() - asked);
}

void tally_lose(struct tally *t, const char *why)
{
    if (!t->lost++)
        fprintf(stderr, "a connection was lost: %s\n", why);
}

void tally_unexpected(struct tally *t, const char *answer, size_t n)
{
    if (!t->unexpected++)
        fprintf(stderr, "%.*s\n", (int)n, answer);
}

bool tally_end(struct tally *t)
{
    watches_end(&t->watches);
    double seconds = (double)(clock_ns() - t->from) / 1e9;
    printf(
        "{\"connections\":%d,\"seconds\":%.3f,\"answers\":%llu,\"answers_s\":%.1f,\"bytes\":%llu,\"unexpected\":%llu,"
        "\"lost\":%llu,\"answer_ms\":",
        t->connections, seconds, (unsigned long long)t->answers, (double)t->answers / seconds,
        (unsigned long long)t->bytes, (unsigned long long)t->unexpected, (unsigned long long)t->lost);
    histogram_put(&t->latency, stdout);
    printf(",\"cpu_s\":");
    watches_put(&t->watches, stdout);
    printf("}\n");
    return (t->answers || t->bytes) && !t->unexpected && !t->lost;
}
