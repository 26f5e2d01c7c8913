/* Samples: see samples.h. */
#include "store/media/samples.h"

#include "store/media/media.h"
#include "store/media/sndfile.h"

#include <math.h>
#include <samplerate.h>

enum { FRAMES = 1024, RATE_LEAST = 1000, RATE_USUAL = 96000, RATE_MOST = 768000 };

/* A file while it is decoded. */
struct decoding {
    SNDFILE *file;
    SF_INFO info;
    SRC_STATE *resampler; /* NULL: it has our rate */
    double ratio;
    float frames[FRAMES * SAMPLES_CHANNELS_MOST], mono[FRAMES], resampled[FRAMES];
    int16_t *samples;
    size_t n;
};

static bool is_ours(enum media_kind kind, const SF_INFO *info)
{
    return (kind == MEDIA_WAV || kind == MEDIA_FLAC || kind == MEDIA_OGG) && info->channels > 0 &&
           info->channels <= SAMPLES_CHANNELS_MOST && info->samplerate >= RATE_LEAST && info->samplerate <= RATE_MOST;
}

/* The next frames as one channel; how many. What is no number is silence. */
static size_t read_mono(struct decoding *d)
{
    int channels = d->info.channels;
    sf_count_t n = sf_readf_float(d->file, d->frames, FRAMES);
    for (sf_count_t i = 0; i < n; i++) {
        float sum = 0;
        for (int c = 0; c < channels; c++)
            sum += d->frames[i * channels + c];
        d->mono[i] = isfinite(sum) ? sum / (float)channels : 0;
    }
    return n > 0 ? (size_t)n : 0;
}

static void keep(struct decoding *d, const float *from, size_t n)
{
    for (size_t i = 0; i < n && d->n < SAMPLES_MOST; i++)
        d->samples[d->n++] = (int16_t)lrintf(fminf(fmaxf(from[i] * 32768, INT16_MIN), INT16_MAX));
}

/* Until the resampler has taken all of it; `last`: until it has given all, too. */
static bool resample(struct decoding *d, size_t n, bool last)
{
    SRC_DATA step = { .data_in = d->mono,
                      .data_out = d->resampled,
                      .input_frames = (long)n,
                      .output_frames = FRAMES,
                      .end_of_input = last,
                      .src_ratio = d->ratio };
    do {
        if (src_process(d->resampler, &step))
            return false;
        keep(d, d->resampled, (size_t)step.output_frames_gen);
        step.input_frames -= step.input_frames_used;
        step.data_in =
            step.input_frames ? step.data_in + step.input_frames_used : d->mono; /* never beside the output */
    } while ((step.input_frames_used || step.output_frames_gen) && d->n < SAMPLES_MOST);
    return true;
}

static void decode(struct decoding *d)
{
    size_t n;
    bool good = true;
    while (good && d->n < SAMPLES_MOST && (n = read_mono(d)))
        if (d->resampler)
            good = resample(d, n, false);
        else
            keep(d, d->mono, n);
    if (good && d->resampler)
        (void)resample(d, 0, true); /* what it has kept back */
}

static bool begin(struct decoding *d, enum media_kind kind)
{
    int why;
    if (!is_ours(kind, &d->info))
        return false;
    d->ratio = (double)SAMPLES_RATE / d->info.samplerate;
    int quality =
        d->info.samplerate > RATE_USUAL ? SRC_SINC_FASTEST : SRC_SINC_MEDIUM_QUALITY; /* it takes long enough */
    if (d->info.samplerate != SAMPLES_RATE)
        d->resampler = src_new(quality, 1, &why);
    return d->info.samplerate == SAMPLES_RATE || d->resampler;
}

size_t media_samples(struct media_file *f, int16_t *samples)
{
    static struct decoding d;
    struct media_stream s = { f, 0, f->size, 0 };
    enum media_kind kind = media_recognise(f);
    d = (struct decoding){ .samples = samples };
    d.file = kind ? sndfile_open(&s, &d.info) : NULL;
    if (!d.file)
        return 0;
    if (begin(&d, kind))
        decode(&d);
    if (d.resampler)
        src_delete(d.resampler);
    sf_close(d.file);
    return d.n;
}
