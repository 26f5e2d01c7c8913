/* Survey: asks every worker something and waits for the answers, for a bounded time. For threads that are not workers
 * (main, admin): it blocks. Late answers belong to the survey's own memory, which the last one to leave frees. */
#pragma once

#include "actors/runtime/system.h"

/* Runs on the worker's thread; may write an answer. `question` is the survey's copy. */
typedef void survey_see(struct worker *w, const void *question, struct buf *answer);

struct survey_answer {
    bool answered;
    struct buf text; /* the caller's to free */
};

/* Asks workers first..first+n-1 and fills ret[0..n-1]. Returns how many have answered in time. Less than n also without
 * memory, and when a worker is stopping. */
int survey(struct system *s, int first, int n, survey_see *see, const void *question, size_t size, int64_t wait_ms,
           struct survey_answer *ret);

/* The same for one worker whose answer comes later, from a callback: `start` begins something, and whatever it begins
 * must call survey_finish exactly once, on the worker's thread, now or later; the text becomes the survey's and is
 * dropped when nobody waits any more. False: no answer in time. */
struct survey_slot;
typedef void survey_start(struct worker *w, const void *question, struct survey_slot *slot);
bool survey_later(struct system *s, int worker, survey_start *start, const void *question, size_t size, int64_t wait_ms,
                  struct survey_answer *ret);
void survey_finish(struct survey_slot *slot, struct buf text);

void survey_free(struct survey_answer *answers, int n);
