/* MP4 (ISO 14496-12): a tree of boxes of a kind, a length and content. A whole file says its duration in its header,
 * and its tables of samples say it again; one that is recorded in fragments (Safari, phones, streams) has nothing
 * there, and its fragments tell. */
#include "store/media/formats.h"

#include <math.h>

enum { TRACKS_MOST = 16 };

struct box {
    char kind[4];
    uint64_t at, end; /* its content */
};

struct track {
    uint64_t id, scale; /* scale: units in a second */
    uint64_t sample;    /* units of a sample of a fragment, if that does not say; 0: not known */
    bool sound, pictures;
    double samples; /* units, by the table of the header */
    bool fragmented;
    double first, end; /* units: where the fragments begin, and where the next one would */
};

struct movie {
    struct media_file *file;
    bool read;      /* there is a header */
    bool music;     /* a brand of audio files: pictures in it are covers */
    double seconds; /* as the header says; 0: it does not */
    struct track tracks[TRACKS_MOST];
    int tracks_n;
};

/* ---- boxes ---- */

/* The next box before `end`; *at moves behind it. One that claims more than there is ends there. */
static bool next_box(struct media_file *f, uint64_t *at, uint64_t end, struct box *ret)
{
    unsigned char head[16];
    uint64_t header = 8, n;
    if (end - *at < 8 || !media_read(f, *at, head, 8))
        return false;
    n = media_number(head, 4);
    if (n == 1) {
        if (!media_read(f, *at, head, 16))
            return false;
        n = media_number(head + 8, 8);
        header = 16;
    } else if (n == 0) {
        n = end - *at;
    }
    if (n < header)
        return false;
    if (n > end - *at)
        n = end - *at;
    memcpy(ret->kind, head + 4, 4);
    ret->at = *at + header;
    ret->end = *at + n;
    *at = ret->end;
    return ret->at <= ret->end;
}

static bool is_kind(const struct box *b, const char *kind)
{
    return !memcmp(b->kind, kind, 4);
}

/* A number of n bytes at an offset of the box; 0 beyond its end. */
static uint64_t field(const struct movie *m, const struct box *b, uint64_t offset, size_t n)
{
    unsigned char p[8];
    if (offset + n > b->end - b->at || !media_read(m->file, b->at + offset, p, n))
        return 0;
    return media_number(p, n);
}

/* The same where version 1 of the box has 64 bits in place of 32. */
static uint64_t wide(const struct movie *m, const struct box *b, uint64_t offset0, uint64_t offset1, size_t n1)
{
    return field(m, b, 0, 1) ? field(m, b, offset1, n1) : field(m, b, offset0, 4);
}

/* ---- the header ---- */

/* Seconds of an mvhd; unknown (all ones, or none) is 0. */
static double movie_seconds(const struct movie *m, const struct box *mvhd)
{
    uint64_t scale = wide(m, mvhd, 12, 20, 4), n = wide(m, mvhd, 16, 24, 8);
    bool unknown = n == (field(m, mvhd, 0, 1) ? UINT64_MAX : UINT32_MAX);
    return scale && !unknown ? (double)n / (double)scale : 0;
}

/* Runs of samples of one duration each. */
static double table_units(const struct movie *m, const struct box *stts)
{
    double units = 0;
    uint64_t runs = field(m, stts, 4, 4), room = stts->end - stts->at > 8 ? (stts->end - stts->at - 8) / 8 : 0;
    for (uint64_t i = 0; i < runs && i < room; i++)
        units += (double)field(m, stts, 8 + 8 * i, 4) * (double)field(m, stts, 12 + 8 * i, 4);
    return units;
}

static void read_track(const struct movie *m, const struct box *within, struct track *t)
{
    struct box b;
    for (uint64_t at = within->at; next_box(m->file, &at, within->end, &b);)
        if (is_kind(&b, "tkhd")) {
            t->id = wide(m, &b, 12, 20, 4);
        } else if (is_kind(&b, "mdhd")) {
            t->scale = wide(m, &b, 12, 20, 4);
        } else if (is_kind(&b, "hdlr")) {
            uint32_t handler = (uint32_t)field(m, &b, 8, 4);
            t->sound = t->sound || handler == 0x736f756e;       /* soun; QuickTime has a second hdlr of another kind */
            t->pictures = t->pictures || handler == 0x76696465; /* vide */
        } else if (is_kind(&b, "stts")) {
            t->samples = table_units(m, &b);
        }
}

/* The boxes of a trak that are looked into. */
static void read_track_tree(const struct movie *m, const struct box *trak, struct track *t)
{
    static const char *const path[] = { "mdia", "minf", "stbl", NULL };
    struct box level = *trak, b;
    read_track(m, &level, t);
    for (int i = 0; path[i]; i++) {
        bool found = false;
        for (uint64_t at = level.at; !found && next_box(m->file, &at, level.end, &b);)
            found = is_kind(&b, path[i]);
        if (!found)
            return;
        level = b;
        read_track(m, &level, t);
    }
}

static struct track *track_of(struct movie *m, uint64_t id)
{
    for (int i = 0; i < m->tracks_n; i++)
        if (m->tracks[i].id == id)
            return &m->tracks[i];
    return NULL;
}

static void read_extends(struct movie *m, const struct box *mvex)
{
    struct box b;
    for (uint64_t at = mvex->at; next_box(m->file, &at, mvex->end, &b);) {
        struct track *t = is_kind(&b, "trex") ? track_of(m, field(m, &b, 4, 4)) : NULL;
        if (t)
            t->sample = field(m, &b, 12, 4);
    }
}

static void read_header(struct movie *m, const struct box *moov)
{
    struct box b;
    m->read = true;
    for (uint64_t at = moov->at; next_box(m->file, &at, moov->end, &b);)
        if (is_kind(&b, "mvhd"))
            m->seconds = movie_seconds(m, &b);
        else if (is_kind(&b, "trak") && m->tracks_n < TRACKS_MOST)
            read_track_tree(m, &b, &m->tracks[m->tracks_n++]);
    for (uint64_t at = moov->at; next_box(m->file, &at, moov->end, &b);)
        if (is_kind(&b, "mvex")) /* it names tracks, and may stand before them */
            read_extends(m, &b);
}

/* ---- fragments ---- */

enum {
    TFHD_OFFSET = 1,
    TFHD_DESCRIPTION = 2,
    TFHD_DURATION = 8,
    TRUN_OFFSET = 1,
    TRUN_FIRST_FLAGS = 4,
    TRUN_DURATION = 0x100,
    TRUN_FIELDS = 0xf00, /* each is one more number for every sample */
};

/* Units of a run of samples. */
static double run_units(const struct movie *m, const struct box *trun, uint64_t sample)
{
    uint64_t flags = field(m, trun, 1, 3), count = field(m, trun, 4, 4), at = 8;
    uint64_t size = 4 * (uint64_t)__builtin_popcountll(flags & TRUN_FIELDS);
    if (!(flags & TRUN_DURATION))
        return (double)count * (double)sample;
    at += (flags & TRUN_OFFSET ? 4 : 0) + (flags & TRUN_FIRST_FLAGS ? 4 : 0);
    double units = 0;
    for (uint64_t i = 0; i < count && at + size <= trun->end - trun->at; i++, at += size)
        units += (double)field(m, trun, at, 4);
    return units;
}

static void read_track_fragment(struct movie *m, const struct box *traf)
{
    struct track *t = NULL;
    struct box b;
    uint64_t sample = 0;
    double start = -1, units = 0;
    for (uint64_t at = traf->at; next_box(m->file, &at, traf->end, &b);)
        if (is_kind(&b, "tfhd")) {
            uint64_t flags = field(m, &b, 1, 3);
            uint64_t offset = 8 + (flags & TFHD_OFFSET ? 8 : 0) + (flags & TFHD_DESCRIPTION ? 4 : 0);
            t = track_of(m, field(m, &b, 4, 4));
            sample = flags & TFHD_DURATION ? field(m, &b, offset, 4) : t ? t->sample : 0;
        } else if (is_kind(&b, "tfdt")) {
            start = (double)wide(m, &b, 4, 4, 8);
        } else if (is_kind(&b, "trun")) {
            units += run_units(m, &b, sample);
        }
    if (!t)
        return;
    if (start < 0)
        start = t->fragmented ? t->end : t->samples;
    if (!t->fragmented)
        t->first = t->samples > 0 ? 0 : start;
    t->fragmented = true;
    t->first = fmin(t->first, start);
    t->end = fmax(t->end, start + units);
}

static void read_fragment(struct movie *m, const struct box *moof)
{
    struct box b;
    for (uint64_t at = moof->at; next_box(m->file, &at, moof->end, &b);)
        if (is_kind(&b, "traf"))
            read_track_fragment(m, &b);
}

/* ---- the file ---- */

static void read_brand(struct movie *m, const struct box *ftyp)
{
    static const char *const brands[] = { "M4A ", "M4B ", "M4P ", "F4A ", "F4B " };
    char brand[4];
    if (ftyp->end - ftyp->at < 4 || !media_read(m->file, ftyp->at, brand, 4))
        return;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        m->music = m->music || !memcmp(brand, brands[i], 4);
}

static struct movie read_movie(struct media_file *f, bool fragments)
{
    struct movie m = { .file = f };
    struct box b;
    for (uint64_t at = 0; next_box(f, &at, f->size, &b);)
        if (is_kind(&b, "ftyp"))
            read_brand(&m, &b);
        else if (is_kind(&b, "moov") && !m.read)
            read_header(&m, &b);
        else if (is_kind(&b, "moof") && fragments)
            read_fragment(&m, &b);
        else if (m.read && !fragments)
            break;
    return m;
}

/* QuickTime's older files have no ftyp. */
static bool begins(struct media_file *f)
{
    static const char *const kinds[] = { "ftyp", "moov", "mdat", "wide", "free", "skip", "styp", "pnot" };
    unsigned char head[8];
    bool known = false;
    if (!media_read(f, 0, head, 8))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        known = known || !memcmp(head + 4, kinds[i], 4);
    return known;
}

enum media_kind mp4_recognise(struct media_file *f)
{
    bool sound = false, pictures = false;
    if (!begins(f))
        return MEDIA_NONE;
    struct movie m = read_movie(f, false);
    for (int i = 0; i < m.tracks_n; i++) {
        sound = sound || m.tracks[i].sound;
        pictures = pictures || m.tracks[i].pictures;
    }
    if (!m.read || (m.tracks_n && !sound)) /* without a track it is broken, and of this kind all the same */
        return MEDIA_NONE;
    return pictures && !m.music ? MEDIA_MP4_VIDEO : MEDIA_MP4;
}

static double units_seconds(const struct track *t, double units)
{
    return t->scale ? units / (double)t->scale : 0;
}

/* The header's word, unless the samples are shorter: an edited file may leave some of them out, none adds to them. */
bool mp4_seconds(struct media_file *f, double *ret)
{
    struct movie m = read_movie(f, true);
    double first = INFINITY, end = 0, samples = 0;
    for (int i = 0; i < m.tracks_n; i++) {
        const struct track *t = &m.tracks[i];
        if (!t->sound && !t->pictures)
            continue;
        samples = fmax(samples, units_seconds(t, t->samples));
        if (!t->fragmented)
            continue;
        first = fmin(first, units_seconds(t, t->first));
        end = fmax(end, units_seconds(t, t->end));
    }
    if (end > first)
        *ret = end - first;
    else
        *ret = samples > 0 && (m.seconds <= 0 || samples < m.seconds) ? samples : m.seconds;
    return true;
}
