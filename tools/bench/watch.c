/* Watch: see watch.h. A process counts with its living children and with those it has waited for, so that a child's end
 * takes nothing away. A child that is watched itself counts there alone. */
#include "tools/bench/watch.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct usage {
    int parent;
    double seconds; /* with children that were waited for */
};

static bool read_usage(int pid, struct usage *u)
{
    char path[32], text[1024];
    unsigned long user, kernel;
    long user_waited, kernel_waited;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *after_name = strrchr(text, ')');
    if (!after_name || sscanf(after_name + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &u->parent,
                              &user, &kernel, &user_waited, &kernel_waited) != 5)
        return false;
    u->seconds = (double)(user + kernel + (unsigned long)(user_waited + kernel_waited)) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

static struct watch *find(struct watches *w, int pid)
{
    for (int i = 0; i < w->n; i++)
        if (w->watch[i].pid == pid)
            return &w->watch[i];
    return NULL;
}

/* Adds sign * (what has been used so far) to every watch. */
static void add_used(struct watches *w, int sign)
{
    DIR *all = opendir("/proc");
    for (struct dirent *e; all && (e = readdir(all));) {
        int pid = atoi(e->d_name);
        struct usage u;
        if (!pid || !read_usage(pid, &u))
            continue;
        struct watch *owner = find(w, pid);
        if (!owner)
            owner = find(w, u.parent);
        if (owner)
            owner->seconds += sign * u.seconds;
    }
    if (all)
        closedir(all);
}

static double self_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

bool watches_add(void *watches, char *label_pid)
{
    struct watches *w = watches;
    char *colon = strchr(label_pid, ':');
    if (!colon || w->n == WATCH_MOST || atoi(colon + 1) <= 0)
        return false;
    *colon = 0;
    w->watch[w->n++] = (struct watch){ .label = label_pid, .pid = atoi(colon + 1) };
    return true;
}

void watches_begin(struct watches *w)
{
    for (int i = 0; i < w->n; i++)
        w->watch[i].seconds = 0;
    add_used(w, -1);
    w->self = -self_seconds();
}

void watches_end(struct watches *w)
{
    w->self += self_seconds();
    add_used(w, 1);
}

void watches_put(const struct watches *w, FILE *to)
{
    fprintf(to, "{\"client\":%.3f", w->self);
    for (int i = 0; i < w->n; i++)
        fprintf(to, ",\"%s\":%.3f", w->watch[i].label, w->watch[i].seconds);
    putc('}', to);
}
