/* Chunked: a state machine over the framing bytes; data is passed over at once. Trailers are checked and dropped. */
#include "transport/http/chunked.h"

#include <stdio.h>

enum state { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER_START, TRAILER, TRAILER_LF, END_LF };

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Text of an extension or a trailer: visible, blank, tab, or above ASCII. */
static bool plain(char c)
{
    return (unsigned char)c >= 0x20 ? c != 0x7f : c == '\t';
}

static bool size_byte(struct chunked *c, char b)
{
    int digit = hex_value(b);
    if (digit >= 0) {
        if (++c->digits > 15)
            return false;
        c->left = c->left << 4 | (unsigned)digit;
        return true;
    }
    if (!c->digits || (b != ';' && b != '\r'))
        return false;
    c->state = b == ';' ? EXTENSION : SIZE_LF;
    c->line = 0;
    return true;
}

static bool extension_byte(struct chunked *c, char b)
{
    if (b == '\r')
        c->state = SIZE_LF;
    else if (!plain(b) || ++c->line > CHUNKED_LINE_MOST)
        return false;
    return true;
}

static bool trailer_byte(struct chunked *c, char b)
{
    if (b == '\r') {
        c->state = c->state == TRAILER_START ? END_LF : TRAILER_LF;
        return true;
    }
    bool folded = c->state == TRAILER_START && (b == ' ' || b == '\t');
    c->state = TRAILER;
    return plain(b) && !folded && ++c->trailers <= CHUNKED_TRAILER_MOST;
}

/* One framing byte; false if it does not belong there. */
static bool frame_byte(struct chunked *c, char b)
{
    switch ((enum state)c->state) {
    case SIZE:
        return size_byte(c, b);
    case EXTENSION:
        return extension_byte(c, b);
    case SIZE_LF:
        c->state = c->left ? DATA : TRAILER_START;
        return b == '\n';
    case DATA_CR:
        c->state = DATA_LF;
        return b == '\r';
    case DATA_LF:
        c->state = SIZE;
        c->digits = 0;
        return b == '\n';
    case TRAILER_START:
    case TRAILER:
        return trailer_byte(c, b);
    case TRAILER_LF:
        c->state = TRAILER_START;
        return b == '\n';
    case DATA:
    case END_LF:
        break;
    }
    return false;
}

enum chunked_step chunked_step(struct chunked *c, const char *p, size_t n, size_t *at, struct text *ret_data)
{
    while (*at < n) {
        if (c->state == DATA) {
            size_t take = n - *at < c->left ? n - *at : (size_t)c->left;
            *ret_data = (struct text){ p + *at, take };
            *at += take;
            c->left -= take;
            if (!c->left)
                c->state = DATA_CR;
            return CHUNKED_DATA;
        }
        char b = p[(*at)++];
        if (c->state == END_LF)
            return b == '\n' ? CHUNKED_END : CHUNKED_BAD;
        if (!frame_byte(c, b))
            return CHUNKED_BAD;
    }
    return CHUNKED_MORE;
}

size_t chunked_write(char *to, struct text piece, bool last, size_t *ret_at)
{
    char *at = to;
    if (piece.n)
        at += sprintf(at, "%zx\r\n", piece.n);
    *ret_at = (size_t)(at - to);
    if (piece.n)
        at = mempcpy(mempcpy(at, piece.p, piece.n), "\r\n", 2);
    if (last)
        at = mempcpy(at, "0\r\n\r\n", 5);
    return (size_t)(at - to);
}

void chunked_put(struct buf *out, struct text piece, bool last)
{
    size_t begins;
    char *room = buf_room(out, piece.n + CHUNKED_FRAME_MOST);
    if (room)
        out->n += chunked_write(room, piece, last, &begins);
}

struct chunk *chunk_framed(struct text piece, bool last)
{
    struct chunk *c = chunk_create(piece.n + CHUNKED_FRAME_MOST);
    if (!c)
        return NULL;
    size_t begins;
    c->n = (uint32_t)chunked_write(c->p, piece, last, &begins);
    c->before = (uint8_t)begins;
    c->behind = (uint8_t)(c->n - begins - piece.n);
    return c;
}
