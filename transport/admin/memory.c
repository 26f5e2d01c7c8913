/* Admin, memory: where it is, what stands out, and giving back what nobody uses. */
#include "transport/admin/command.h"

#include "transport/admin/ask.h"
#include "transport/metrics/doctor.h"
#include "transport/metrics/memory.h"
#include "transport/transport.h"

#include <time.h>

/* A worker that has not begun or is at its end has nothing to say. */
static void see(struct worker *w, const void *question, struct buf *answer)
{
    const struct transport *t = transport_of(w);
    struct memory_sample s;
    if (!t || !t->http || !t->desk)
        return;
    memory_take(w, &s);
    buf_put(answer, &s, sizeof s);
}

static bool read_sample(const struct survey_answer *a, struct memory_sample *ret)
{
    bool whole = a->text.n == sizeof *ret && !a->text.failed;
    if (whole)
        memcpy(ret, a->text.p, sizeof *ret);
    return whole;
}

static struct memory_picture take_picture(const struct admin_call *call)
{
    struct survey_answer answers[WORKERS_MOST];
    struct memory_picture p = { 0 };
    struct memory_sample one;
    int n = ask_all(call, see, NULL, 0, answers);
    for (int i = 0; i < n; i++)
        if (read_sample(&answers[i], &one))
            memory_add(&p.sum, &one);
    survey_free(answers, n);
    p.process = process_memory();
    p.heap = process_heap();
    p.messages = message_alive();
    return p;
}

/* ---- memory ---- */

static void put_row(struct json *data, int worker, const char *what, int64_t count, int64_t bytes, const char *about)
{
    json_begin_object(data, NULL);
    if (worker >= 0)
        json_int(data, "worker", worker);
    json_str(data, "what", what);
    json_int_if(data, "count", count >= 0, count);
    json_int(data, "bytes", bytes);
    json_str(data, "about", about);
    json_end_object(data);
}

static void put_parts(struct json *data, int worker, const struct memory_sample *s)
{
    const struct memory_row *row;
    for (int i = 0; (row = memory_row_at(i)); i++)
        put_row(data, worker, row->name, (int64_t)s->rows[i].count, (int64_t)s->rows[i].bytes, row->about);
    for (int i = 0; i < MEMORY_KINDS_MOST && s->kinds[i].name; i++) {
        struct buf name = { 0 };
        buf_printf(&name, "actors/%s%c", s->kinds[i].name, '\0');
        put_row(data, worker, name.failed ? "actors" : name.p, (int64_t)s->kinds[i].amount.count,
                (int64_t)s->kinds[i].amount.bytes, "of these kinds of actors, counted above");
        buf_fini(&name);
    }
}

static void put_process(struct json *data, const struct memory_picture *p)
{
    int64_t accounted = (int64_t)memory_bytes(&p->sum) + p->messages * MESSAGE_BYTES;
    int64_t lost = p->heap.in_use - accounted;
    put_row(data, -1, "limit", -1, p->process.limit, "of the control group, else of the machine");
    put_row(data, -1, "resident", -1, p->process.resident, "of the process");
    put_row(data, -1, "files", -1, p->process.files, "of that: pages of the program and its libraries");
    put_row(data, -1, "allocator_in_use", -1, p->heap.in_use, "asked for and not given back");
    put_row(data, -1, "allocator_mapped", -1, p->heap.mapped, "of that: pieces with pages of their own");
    put_row(data, -1, "allocator_free", -1, p->heap.free, "between what is in use; resident or not");
    put_row(data, -1, "accounted", -1, accounted, "sum of the parts and messages below");
    put_row(data, -1, "unaccounted", -1, lost > 0 ? lost : 0, "in use and in no part: libraries, what pieces cost");
    put_row(data, -1, "messages", p->messages, p->messages * MESSAGE_BYTES, "in mailboxes and on the way, about");
}

static bool memory_each(const struct admin_call *call, struct json *data)
{
    struct survey_answer answers[WORKERS_MOST];
    struct memory_sample one;
    int n = ask_all(call, see, NULL, 0, answers);
    json_begin_array(data, NULL);
    for (int i = 0; i < n; i++)
        if (read_sample(&answers[i], &one))
            put_parts(data, i, &one);
    json_end_array(data);
    survey_free(answers, n);
    return true;
}

static bool memory(const struct admin_call *call, struct json *data, struct buf *why)
{
    if (admin_option(call, "--each"))
        return memory_each(call, data);
    struct memory_picture p = take_picture(call);
    json_begin_array(data, NULL);
    put_process(data, &p);
    put_parts(data, -1, &p.sum);
    json_end_array(data);
    return true;
}

/* ---- memory doctor ---- */

static void put_finding(void *arg, const char *stage, const char *finding, const char *advice)
{
    struct json *data = arg;
    json_begin_object(data, NULL);
    json_str(data, "where", stage);
    json_str(data, "finding", finding);
    json_str(data, "advice", advice);
    json_end_object(data);
}

static bool memory_doctor(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct memory_picture p = take_picture(call);
    json_begin_array(data, NULL);
    memory_judge(&p, put_finding, data);
    json_end_array(data);
    return true;
}

/* ---- memory trim ---- */

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool memory_trim(const struct admin_call *call, struct json *data, struct buf *why)
{
    int64_t before = process_memory().resident, began = now_us();
    (void)process_trim();
    int64_t took = now_us() - began, after = process_memory().resident;
    json_begin_object(data, NULL);
    json_int(data, "resident_before", before);
    json_int(data, "resident_after", after);
    json_double(data, "took_ms", (double)took / 1000);
    json_end_object(data);
    return true;
}

const struct admin_command admin_memory[] = {
    { "memory", "[--each]", "where the memory is, part by part, or (--each) of each worker", false,
      "[{\"worker-\":1,\"what\":\"\",\"count?\":1,\"bytes\":1,\"about\":\"\"}]", memory },
    { "memory", "doctor", "what stands out in it, and what to do about it", false,
      "[{\"where\":\"\",\"finding\":\"\",\"advice\":\"\"}]", memory_doctor },
    { "memory", "trim", "gives the kernel back what the allocator keeps free; who allocates waits for it, milliseconds",
      true, "{\"resident_before\":1,\"resident_after\":1,\"took_ms\":1.5}", memory_trim },
    { 0 },
};
