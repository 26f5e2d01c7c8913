/* Sound: see sound.h. */
#include "transport/services/voice/sound.h"

#include "store/probe.h"

#include <assert.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct sounds {
    struct pool *pool; /* NULL once closed */
    uint64_t bytes, highest, refused;
    uint32_t alive;
    bool closed; /* the last sound frees it */
};

struct sound {
    struct pool_job job; /* first */
    struct sounds *all;
    int fd; /* of its bytes, in memory */
    size_t size;
    void (*done)(void *arg, enum sound_end how);
    void *arg;
    bool told; /* the child has said what there is: */
    size_t n;
    int16_t *samples;
};

struct sounds *sounds_create(struct worker *w)
{
    struct sounds *s = calloc(1, sizeof *s);
    if (s && (s->pool = pool_create(w, 1, SOUNDS_WAITING_MOST)))
        return s;
    free(s);
    return NULL;
}

static void release(struct sounds *s)
{
    if (s->closed && !s->alive)
        free(s);
}

void sounds_close(struct sounds *s)
{
    if (!s)
        return;
    struct pool *pool = s->pool;
    s->pool = NULL;
    s->alive++; /* ending jobs must not free it meanwhile */
    pool_destroy(pool);
    s->alive--;
    s->closed = true;
    release(s);
}

struct sounds_stats sounds_stats(const struct sounds *s)
{
    if (!s)
        return (struct sounds_stats){ 0 };
    return (struct sounds_stats){ pool_stats(s->pool), s->alive, s->bytes, s->highest, s->refused };
}

struct sound *sound_create(struct sounds *all)
{
    struct sound *s = all->alive < SOUNDS_MOST ? calloc(1, sizeof *s) : NULL;
    all->refused += !s;
    if (!s)
        return NULL;
    s->all = all;
    s->fd = memfd_create("sound", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->fd < 0) {
        free(s);
        return NULL;
    }
    all->alive++;
    return s;
}

void sound_destroy(struct sound *s)
{
    if (!s)
        return;
    struct sounds *all = s->all;
    all->bytes -= s->size;
    all->alive--;
    close(s->fd);
    free(s->samples);
    free(s);
    release(all);
}

bool sound_put(struct sound *s, struct text bytes)
{
    struct sounds *all = s->all;
    bool room = all->bytes + bytes.n <= SOUNDS_BYTES_MOST;
    ssize_t n = room ? write(s->fd, bytes.p, bytes.n) : -1;
    if (n > 0) {
        s->size += (size_t)n;
        all->bytes += (uint64_t)n;
        all->highest = all->bytes > all->highest ? all->bytes : all->highest;
    }
    bool good = n == (ssize_t)bytes.n;
    all->refused += !good;
    return good;
}

size_t sound_size(const struct sound *s)
{
    return s->size;
}

/* ---- decoding ---- */

/* The child can read it and no more. */
static void work(struct pool_job *job)
{
    struct sound *s = (struct sound *)job;
    bool sealed = !fcntl(s->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    s->told = sealed && s->samples && probe_decode(NULL, s->fd, PROBE_MS, s->samples, &s->n);
}

static void done(struct pool_job *job)
{
    struct sound *s = (struct sound *)job;
    int16_t *fitting = s->n ? realloc(s->samples, s->n * sizeof *fitting) : NULL;
    s->samples = fitting ? fitting : s->samples;
    s->done(s->arg, job->cancelled || !s->told ? SOUND_UNKNOWN : s->n ? SOUND_DECODED : SOUND_NONE);
}

bool sound_decode(struct sound *s, void (*then)(void *arg, enum sound_end how), void *arg)
{
    s->job = (struct pool_job){ .work = work, .done = done };
    s->done = then;
    s->arg = arg;
    s->samples = malloc(SAMPLES_MOST * sizeof *s->samples);
    return s->samples && s->all->pool && pool_submit(s->all->pool, &s->job);
}

const int16_t *sound_samples(const struct sound *s, size_t *ret_n)
{
    assert(s->n);
    *ret_n = s->n;
    return s->samples;
}

/* ---- as it is kept ---- */

static void put_little(struct buf *out, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_putc(out, (char)(v >> 8 * i));
}

static void put_wav(struct buf *out, const int16_t *samples, size_t n)
{
    uint32_t size = (uint32_t)(n * sizeof *samples);
    buf_puts(out, "RIFF");
    put_little(out, 36 + size, 4);
    buf_puts(out, "WAVEfmt ");
    put_little(out, 16, 4);
    put_little(out, 1, 2); /* PCM */
    put_little(out, 1, 2);
    put_little(out, SAMPLES_RATE, 4);
    put_little(out, SAMPLES_RATE * sizeof *samples, 4);
    put_little(out, sizeof *samples, 2);
    put_little(out, 8 * sizeof *samples, 2);
    buf_puts(out, "data");
    put_little(out, size, 4);
    for (size_t i = 0; i < n; i++)
        put_little(out, (uint16_t)samples[i], 2);
}

void recording_put(struct buf *out, const int16_t *samples, size_t n)
{
    struct buf wav = { 0 };
    put_wav(&wav, samples, n);
    char *to = buf_room(out, (wav.n + 2) / 3 * 4 + 1);
    if (to && !wav.failed)
        out->n += (size_t)EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)wav.p, (int)wav.n);
    out->failed = out->failed || wav.failed;
    buf_fini(&wav);
}

bool recording_read(struct text base64, struct sound *s)
{
    EVP_ENCODE_CTX *reading = EVP_ENCODE_CTX_new();
    char *bytes = malloc(base64.n / 4 * 3 + 3);
    int n = 0, rest = 0;
    bool good = reading && bytes && base64.n <= INT32_MAX;
    if (good) {
        EVP_DecodeInit(reading);
        good = EVP_DecodeUpdate(reading, (unsigned char *)bytes, &n, (const unsigned char *)base64.p, (int)base64.n) >=
                   0 &&
               EVP_DecodeFinal(reading, (unsigned char *)bytes + n, &rest) == 1;
    }
    good = good && sound_put(s, (struct text){ bytes, (size_t)(n + rest) });
    free(bytes);
    EVP_ENCODE_CTX_free(reading);
    return good;
}
