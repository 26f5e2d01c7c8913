/* Jobs: see jobs.h. */
#include "transport/api/coaching/jobs.h"

#include "actors/notifier/job.h"
#include "store/statements.h"

enum { REPORTS_AT_ONCE = 16 };

static const struct job_row jobs[] = {
    { "report", &COACHING_MAKE_REPORT, .most = REPORTS_AT_ONCE },
    { 0 },
};

const struct part coaching_jobs_part = { .name = "coaching_jobs", .jobs = jobs };
