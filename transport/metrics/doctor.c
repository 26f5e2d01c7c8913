/* Doctor: the rules. See doctor.h. A hundredth of all being slow is what people notice; few observations prove nothing
 * about that, but the times told are of whatever there was. */
#include "transport/metrics/doctor.h"

#include <stdio.h>

enum {
    COMMIT_US = 20000,    /* a commit that takes longer waits for a disk or a lock */
    WAIT_US = 20000,      /* a turn that waits longer for its batch has others before it */
    DELIVER_US = 50000,   /* streams that hear later hear late */
    STATEMENT_US = 50000, /* a statement of a request */
    TURN_US = 50000,      /* a loop that stands still longer makes everybody wait */
    MAILBOX = 64,         /* messages: as many as an actor takes at once */
    BUSY_PERCENT = 80,
    FULL_PERCENT = 50,
};

struct doctor {
    doctor_say *say;
    void *arg;
    int said;
};

__attribute__((format(printf, 4, 5))) static void tell(struct doctor *d, const char *stage, const char *advice,
                                                       const char *format, ...)
{
    char finding[256];
    va_list args;
    va_start(args, format);
    vsnprintf(finding, sizeof finding, format, args);
    va_end(args);
    d->say(d->arg, stage, finding, advice);
    d->said++;
}

static uint64_t p99(const struct histogram *h)
{
    return histogram_quantile(h, .99);
}

static double ms(uint64_t us)
{
    return (double)us / 1000;
}

/* ---- what is broken comes first ---- */

static void judge_workers(struct doctor *d, const struct sample *each, int n)
{
    for (int i = 0; i < n; i++)
        if (!each[i].answered)
            tell(d, "worker", "if it stays so, restart the server: what it serves stands still",
                 "worker %d does not answer", i);
        else if (each[i].window_ns && each[i].worker.busy_ns * 100 / each[i].window_ns >= BUSY_PERCENT)
            tell(d, "worker", "`actors --top 10 --by cpu` names what it works for; more cores and --workers spread it",
                 "worker %d is busy %llu %% of the time", i,
                 (unsigned long long)(each[i].worker.busy_ns * 100 / each[i].window_ns));
}

static void judge_database(struct doctor *d, const struct sample *sum)
{
    if (sum->databases_up < sum->answered)
        tell(d, "database", "is it running, and does it take more connections? `db` names those that are missing",
             "%llu of %llu workers lack a connection", (unsigned long long)(sum->answered - sum->databases_up),
             (unsigned long long)sum->answered);
    if (sum->refusing)
        tell(d, "commit", "the log has the SQLSTATE: mostly a full disk, a lock, or a server in recovery",
             "the database refuses the commits of %llu workers", (unsigned long long)sum->refusing);
}

static void judge_queues(struct doctor *d, const struct sample *sum)
{
    const struct queue_row *row;
    for (int i = 0; sum->answered && (row = queue_at(i)); i++) {
        const struct queue_numbers *q = &sum->queues[i];
        if (q->refused > 0)
            tell(d, "queue", "it was full at some time since the start: `queues` says what its callers got",
                 "the queue %s has turned away %lld", row->name, (long long)q->refused);
        else if (q->limit > 0 && q->depth * 100 / q->limit >= FULL_PERCENT)
            tell(d, "queue", "what it waits for is too slow: see the other findings",
                 "in the queue %s wait %lld of %lld", row->name, (long long)q->depth, (long long)q->limit);
    }
}

/* ---- stages ---- */

static void judge_commits(struct doctor *d, const struct sample *sum)
{
    uint64_t commit = p99(&sum->commits.commit_us), whole = p99(&sum->commits.publish_commit_us);
    if (commit >= COMMIT_US)
        tell(d, "commit", "look at the database: its disk's latency, checkpoints, locks (pg_stat_activity)",
             "commits take %.1f ms (p99)", ms(commit));
    if (whole >= commit + WAIT_US && whole >= 3 * commit)
        tell(
            d, "said_to_committed",
            "a worker has more to write than its one connection commits: more workers, or fewer rooms on this server",
            "what rooms say waits %.1f ms for its commit (p99), of which the commit takes %.1f; batches have %llu turns",
            ms(whole), ms(commit), (unsigned long long)p99(&sum->commits.batch_turns));
}

static void judge_deliveries(struct doctor *d, const struct sample *sum)
{
    uint64_t deliver = p99(&sum->streams.commit_deliver_us), turn = p99(&sum->runtime.turn_us);
    if (deliver >= DELIVER_US)
        tell(d, "committed_to_sent",
             turn >= TURN_US ? "the loops are behind: see turn"
                             : "too many streams for a worker, or too little CPU: spread them over more workers",
             "events reach all streams %.1f ms after their commit (p99)", ms(deliver));
    if (turn >= TURN_US)
        tell(d, "turn",
             "too little CPU for this machine's load, or a room that does too much: `slow`, `actors --by cpu`",
             "loops stand still for %.1f ms (p99)", ms(turn));
}

static void judge_requests(struct doctor *d, const struct sample *sum)
{
    uint64_t statement = p99(&sum->requests.statement_us), depth = p99(&sum->runtime.mailbox_depth);
    if (statement >= STATEMENT_US)
        tell(d, "statement", "`slow` names them; look at the database's load and plans, or raise --read-connections",
             "statements of requests take %.1f ms (p99)", ms(statement));
    if (depth >= MAILBOX)
        tell(d, "mailbox", "`actors --top 10 --by mailbox` names the rooms that get more than they can take",
             "actors find %llu messages waiting (p99)", (unsigned long long)depth);
}

void doctor_judge(const struct sample *each, int n, const struct sample *sum, doctor_say *say, void *arg)
{
    struct doctor d = { say, arg, 0 };
    judge_workers(&d, each, n);
    judge_database(&d, sum);
    judge_queues(&d, sum);
    judge_commits(&d, sum);
    judge_deliveries(&d, sum);
    judge_requests(&d, sum);
    if (!d.said)
        tell(&d, "all", "nothing to do", "nothing is slow: of %llu events the p99 from said to sent is %.1f ms",
             (unsigned long long)histogram_count(&sum->streams.publish_deliver_us),
             ms(p99(&sum->streams.publish_deliver_us)));
}

/* ---- memory ---- */

enum {
    NEAR_PERCENT = 80, /* of the limit: what comes next may be refused, or end the process */
    WASTE_PERCENT = 50,
};
#define MIB               ((int64_t)1 << 20)
#define WASTE_BYTES       (64 * MIB)
#define WAITING_BYTES     (16 * MIB) /* for clients that do not read, or write too early */
#define ROOM_BYTES        (8 * MIB)
#define QUEUED_BYTES      (32 * MIB) /* in mailboxes, or waiting for a commit */
#define UNACCOUNTED_BYTES (128 * MIB)

static double mib(int64_t bytes)
{
    return (double)bytes / MIB;
}

static struct memory_amount amount(const struct memory_picture *p, const char *row)
{
    const struct memory_amount *a = memory_of(&p->sum, row);
    return a ? *a : (struct memory_amount){ 0 };
}

/* Free pieces whose pages the kernel has already are no waste. */
static int64_t waste(const struct memory_picture *p)
{
    int64_t beyond = p->process.resident - p->process.files - p->heap.in_use;
    return beyond < 0 ? 0 : beyond < p->heap.free ? beyond : p->heap.free;
}

static void judge_process(struct doctor *d, const struct memory_picture *p)
{
    int64_t wasted = waste(p), lost = p->heap.in_use - (int64_t)memory_bytes(&p->sum);
    if (p->process.limit && p->process.resident / (p->process.limit / 100 + 1) >= NEAR_PERCENT)
        tell(d, "process", "more memory, a higher limit, or fewer people: the largest parts are in `memory`",
             "the process has %.1f MiB of the %.1f that it may have", mib(p->process.resident), mib(p->process.limit));
    if (wasted >= WASTE_BYTES && wasted * 100 / (p->heap.arenas + 1) >= WASTE_PERCENT)
        tell(d, "allocator", "what a busy time leaves between what is still in use; `memory trim` gives it back",
             "the allocator keeps %.1f MiB that nobody uses, %lld %% of its %.1f", mib(wasted),
             (long long)(wasted * 100 / (p->heap.arenas + 1)), mib(p->heap.arenas));
    if (lost >= UNACCOUNTED_BYTES && lost >= p->heap.in_use / 2)
        tell(d, "unaccounted",
             "results of the database and calls to others are not counted; if it only grows, report it",
             "of %.1f MiB in use %.1f are in no part that is counted", mib(p->heap.in_use), mib(lost));
}

static void judge_clients(struct doctor *d, struct memory_amount output, struct memory_amount early)
{
    if (output.bytes >= WAITING_BYTES)
        tell(d, "output",
             "`conns --top 10 --by pending` names them, `conn ID kill` ends one; a lower sse-backlog cuts them earlier",
             "%llu slow clients hold %.1f MiB that they do not take, the slowest, %d-%llu, is %.1f behind",
             (unsigned long long)output.count, mib((int64_t)output.bytes), output.worker,
             (unsigned long long)output.whose, mib((int64_t)output.most));
    if (early.bytes >= WAITING_BYTES)
        tell(d, "early",
             "they send faster than they are answered: see `latency doctor`; lower max-connections bounds it",
             "%llu clients have sent %.1f MiB before it was their turn", (unsigned long long)early.count,
             mib((int64_t)early.bytes));
}

static void judge_rooms(struct doctor *d, struct memory_amount rooms, struct memory_amount rings)
{
    uint64_t all = rooms.bytes + rings.bytes;
    if (rooms.most >= ROOM_BYTES && rooms.most >= all / 2)
        tell(d, "room",
             "`room ID members` says who; people stay in a room's memory until it is idle for room-idle seconds",
             "room %lld holds %.1f MiB of the %.1f of all %llu rooms", (long long)rooms.whose, mib((int64_t)rooms.most),
             mib((int64_t)all), (unsigned long long)rooms.count);
}

static void judge_waiting(struct doctor *d, int64_t messages, struct memory_amount turns)
{
    int64_t mail = messages * MESSAGE_BYTES;
    if (mail >= QUEUED_BYTES)
        tell(d, "messages", "`actors --top 10 --by mailbox` names who gets more than they can take",
             "%lld messages wait, about %.1f MiB", (long long)messages, mib(mail));
    if (turns.bytes >= QUEUED_BYTES)
        tell(d, "turns", "the database is behind or away: see `latency doctor` and `db`",
             "%llu turns wait for their commit with %.1f MiB", (unsigned long long)turns.count,
             mib((int64_t)turns.bytes));
}

void memory_judge(const struct memory_picture *p, doctor_say *say, void *arg)
{
    struct doctor d = { say, arg, 0 };
    judge_process(&d, p);
    judge_clients(&d, amount(p, "output"), amount(p, "early"));
    judge_rooms(&d, amount(p, "rooms"), amount(p, "room_rings"));
    judge_waiting(&d, p->messages, amount(p, "turns"));
    if (!d.said)
        tell(&d, "all", "nothing to do",
             "nothing stands out: of %.1f MiB resident %.1f are in the parts of %llu workers", mib(p->process.resident),
             mib((int64_t)memory_bytes(&p->sum)), (unsigned long long)p->sum.answered);
}
