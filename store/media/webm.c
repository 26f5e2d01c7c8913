/* WebM: Matroska (RFC 9559) in EBML (RFC 8794): elements of a name, a length and content. Names are unique where it
 * matters here, so one pass without a stack reads all: elements that hold what is wanted are entered, the others passed
 * over. So it is the same whether a segment or a cluster says how long it is or, as recorders write them, does not.
 * What a file's header says of its duration may be missing (what browsers record) or of a longer file; its blocks tell.
 */
#include "store/media/formats.h"

#include <math.h>

enum element {
    EBML = 0x1a45dfa3,
    DOC_TYPE = 0x4282,
    SEGMENT = 0x18538067,
    INFO = 0x1549a966,
    TIMESTAMP_SCALE = 0x2ad7b1,
    DURATION = 0x4489,
    TRACKS = 0x1654ae6b,
    TRACK = 0xae,
    TRACK_NUMBER = 0xd7,
    TRACK_TYPE = 0x83,
    CODEC = 0x86,
    DEFAULT_DURATION = 0x23e383,
    CLUSTER = 0x1f43b675,
    TIMESTAMP = 0xe7,
    SIMPLE_BLOCK = 0xa3,
    BLOCK_GROUP = 0xa0,
    BLOCK = 0xa1,
    BLOCK_DURATION = 0x9b,
    DISCARD_PADDING = 0x75a2,
};

enum { TRACKS_MOST = 16, VIDEO = 1, SOUND = 2, BLOCK_HEAD_MOST = 1024 };

struct track {
    uint64_t number, type;
    bool opus, begun;
    double frame;      /* seconds of a frame; 0: not said */
    double last, step; /* its last block, and how long after the one before that was; seconds */
};

struct reading {
    struct media_file *file;
    bool heads_only; /* stop at the first cluster */
    bool webm;
    double scale;    /* seconds of a unit */
    double duration; /* as the header says, in units; 0: it does not */
    double cluster;  /* seconds */
    struct track tracks[TRACKS_MOST];
    int tracks_n;
    struct track *track; /* of the last block */
    double start, end;   /* of that block */
    double first, last;  /* of all blocks; first is infinite without any */
};

/* A number whose first byte says by its leading zeros how long it is; *at moves behind it. `marked`: the marker counts
 * as a part of it. */
static bool read_number(const struct reading *r, uint64_t *at, bool marked, uint64_t *ret, bool *ret_unknown)
{
    unsigned char p[8];
    size_t n = 1;
    if (!media_read(r->file, *at, p, 1) || !p[0])
        return false;
    while (!(p[0] & 0x80u >> (n - 1)))
        n++;
    if (!media_read(r->file, *at, p, n))
        return false;
    uint64_t mask = (1ull << 7 * n) - 1, v = media_number(p, n);
    *ret_unknown = (v & mask) == mask;
    *ret = marked ? v : v & mask;
    *at += n;
    return true;
}

static uint64_t uint_of(const struct reading *r, uint64_t at, uint64_t n)
{
    unsigned char p[8];
    return n >= 1 && n <= 8 && media_read(r->file, at, p, (size_t)n) ? media_number(p, (size_t)n) : 0;
}

static double float_of(const struct reading *r, uint64_t at, uint64_t n)
{
    uint64_t bits = uint_of(r, at, n);
    uint32_t bits32 = (uint32_t)bits;
    float single;
    double v;
    memcpy(&single, &bits32, sizeof single);
    memcpy(&v, &bits, sizeof v);
    return n == 4 ? (double)single : n == 8 ? v : 0;
}

static bool text_starts(const struct reading *r, uint64_t at, uint64_t n, const char *text)
{
    char p[16];
    size_t most = strlen(text);
    return n >= most && media_read(r->file, at, p, most) && !memcmp(p, text, most);
}

/* ---- blocks ---- */

/* The last block's end is known: by itself, or by what came behind it. */
static void settle(struct reading *r)
{
    if (!r->track)
        return;
    r->first = fmin(r->first, r->start);
    r->last = fmax(r->last, r->end);
    r->track = NULL;
}

static struct track *track_of(struct reading *r, uint64_t number)
{
    for (int i = 0; i < r->tracks_n; i++)
        if (r->tracks[i].number == number)
            return &r->tracks[i];
    return NULL;
}

/* Where the first frame of a laced block lies, behind the sizes of all but one; n when it is broken. */
static size_t behind_sizes(const unsigned char *p, size_t n, int lacing, int frames)
{
    size_t at = 1;
    for (int i = 1; i < frames && lacing != 2 && at < n; i++) {
        if (lacing == 1) { /* Xiph: bytes up to one that is not 255 */
            while (at < n && p[at] == 255)
                at++;
            at++;
        } else { /* EBML: numbers */
            size_t size = 1;
            while (size < 8 && !(p[at] & 0x80u >> (size - 1)))
                size++;
            at += size;
        }
    }
    return at < n ? at : n;
}

/* Seconds of a block's frames, of which p shows the beginning; 0: not known. Frames of one block are alike. */
static double block_seconds(const struct track *t, const unsigned char *p, size_t n, int lacing)
{
    int frames = lacing && n ? p[0] + 1 : 1;
    size_t at = lacing && n ? behind_sizes(p, n, lacing, frames) : 0;
    double frame = t->opus ? opus_packet_seconds(p + at, n - at) : t->frame;
    return frame > 0 ? frames * frame : t->step;
}

static void read_block(struct reading *r, uint64_t at, uint64_t n)
{
    unsigned char p[BLOCK_HEAD_MOST];
    uint64_t number, head = at;
    bool unknown;
    settle(r);
    if (!read_number(r, &at, false, &number, &unknown) || at - head + 3 > n)
        return;
    n -= at - head;
    size_t seen = media_read_some(r->file, at, p, n < sizeof p ? (size_t)n : sizeof p);
    struct track *t = track_of(r, number);
    if (!t || seen < 3)
        return;
    int16_t offset = (int16_t)media_number(p, 2);
    r->start = r->cluster + offset * r->scale;
    t->step = t->begun ? fmax(r->start - t->last, 0) : 0;
    t->begun = true;
    t->last = r->start;
    r->end = r->start + block_seconds(t, p + 3, seen - 3, p[2] >> 1 & 3);
    r->track = t;
}

/* ---- elements ---- */

static void begin_track(struct reading *r)
{
    if (r->tracks_n < TRACKS_MOST)
        r->tracks_n++;
    r->tracks[r->tracks_n - 1] = (struct track){ 0 };
}

/* A value; elements that are unknown here say nothing. */
static void read_value(struct reading *r, uint64_t id, uint64_t at, uint64_t n)
{
    struct track *t = &r->tracks[r->tracks_n ? r->tracks_n - 1 : 0];
    switch (id) {
    case DOC_TYPE:
        r->webm = text_starts(r, at, n, "webm") || text_starts(r, at, n, "matroska");
        break;
    case TIMESTAMP_SCALE:
        r->scale = (double)uint_of(r, at, n) / 1e9;
        break;
    case DURATION:
        r->duration = float_of(r, at, n);
        break;
    case TRACK_NUMBER:
        t->number = uint_of(r, at, n);
        break;
    case TRACK_TYPE:
        t->type = uint_of(r, at, n);
        break;
    case CODEC:
        t->opus = text_starts(r, at, n, "A_OPUS");
        break;
    case DEFAULT_DURATION:
        t->frame = (double)uint_of(r, at, n) / 1e9;
        break;
    case TIMESTAMP:
        settle(r);
        r->cluster = (double)uint_of(r, at, n) * r->scale;
        break;
    case SIMPLE_BLOCK:
    case BLOCK:
        read_block(r, at, n);
        break;
    case BLOCK_DURATION:
        if (r->track)
            r->end = r->start + (double)uint_of(r, at, n) * r->scale;
        break;
    case DISCARD_PADDING:
        if (r->track && n <= 8 && !(uint_of(r, at, 1) & 0x80)) /* nanoseconds, signed */
            r->end = fmax(r->start, r->end - (double)uint_of(r, at, n) / 1e9);
        break;
    }
}

static bool is_entered(uint64_t id)
{
    return id == EBML || id == SEGMENT || id == INFO || id == TRACKS || id == TRACK || id == CLUSTER ||
           id == BLOCK_GROUP;
}

/* Up to the end of the file, or to what is no element or not whole. */
static void read_elements(struct reading *r)
{
    uint64_t at = 0, id, n;
    bool unknown;
    while (read_number(r, &at, true, &id, &unknown) && read_number(r, &at, false, &n, &unknown)) {
        if (id == CLUSTER && r->heads_only)
            return;
        if (id == TRACK)
            begin_track(r);
        if (id == BLOCK_GROUP)
            settle(r);
        if (is_entered(id))
            continue;
        if (unknown || n > r->file->size - at)
            break;
        read_value(r, id, at, n);
        at += n;
    }
    settle(r);
}

static bool begins(struct media_file *f)
{
    unsigned char head[4];
    return media_read(f, 0, head, 4) && media_number(head, 4) == EBML;
}

enum media_kind webm_recognise(struct media_file *f)
{
    struct reading r = { .file = f, .heads_only = true, .scale = 1e-3, .first = INFINITY };
    bool sound = false, pictures = false;
    if (!begins(f))
        return MEDIA_NONE;
    read_elements(&r);
    for (int i = 0; i < r.tracks_n; i++) {
        sound = sound || r.tracks[i].type == SOUND;
        pictures = pictures || r.tracks[i].type == VIDEO;
    }
    if (!r.webm || (r.tracks_n && !sound)) /* without a track it is broken, and of this kind all the same */
        return MEDIA_NONE;
    return pictures ? MEDIA_WEBM_VIDEO : MEDIA_WEBM;
}

/* The header is believed where the blocks do not contradict: the last one's length may be unknown to them, or to it. */
bool webm_seconds(struct media_file *f, double *ret)
{
    struct reading r = { .file = f, .scale = 1e-3, .first = INFINITY };
    read_elements(&r);
    double said = r.duration * r.scale, seen = r.last - r.first;
    if (isfinite(r.first))
        *ret = fabs(said - seen) < 1 ? fmax(said, seen) : seen;
    else
        *ret = said;
    return true;
}
