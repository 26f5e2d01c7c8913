/* Brake: see brake.h. */
#include "transport/api/coaching/brake.h"

#include "transport/identity/throttle.h"
#include "transport/transport.h"

bool brake_lets(struct request *rq, struct text key, int64_t most, enum error why)
{
    struct worker *w = request_worker(rq);
    uint64_t wait = throttle_wait(transport_of(w)->minute, key, (uint32_t)most, worker_now(w));
    if (wait)
        respond_later(rq, why, wait);
    return !wait;
}

void brake_count(const struct request *rq, struct text key)
{
    struct worker *w = request_worker(rq);
    throttle_failed(transport_of(w)->minute, key, worker_now(w));
}
