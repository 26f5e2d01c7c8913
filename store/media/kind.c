/* Kind: see kind.h. */
#include "store/media/kind.h"

static const char *const types[] = { [MEDIA_NONE] = "none",
#define MEDIA_TYPE(symbol, type) [MEDIA_##symbol] = type,
                                     MEDIA_KINDS(MEDIA_TYPE)
#undef MEDIA_TYPE
};

const char *media_type(enum media_kind kind)
{
    return types[kind];
}

bool media_read_type(struct text type, enum media_kind *ret)
{
    for (int i = 0; i < MEDIA_KIND_COUNT; i++)
        if (text_is(type, types[i])) {
            *ret = (enum media_kind)i;
            return true;
        }
    return false;
}
