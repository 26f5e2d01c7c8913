/* Idmap: a small open-addressing map from a 64-bit id (not 0) to a 32-bit index. One owner, no locks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct idmap {
    struct idmap_slot {
        uint64_t id; /* 0: free */
        uint32_t index;
    } * slots;
    uint32_t cap, n; /* cap: 0 or a power of two */
};

enum { IDMAP_NONE = UINT32_MAX };

void idmap_fini(struct idmap *m);

/* Adds or replaces. False without memory: nothing changed. */
bool idmap_put(struct idmap *m, uint64_t id, uint32_t index);

/* IDMAP_NONE if it is not there. */
uint32_t idmap_get(const struct idmap *m, uint64_t id);

void idmap_remove(struct idmap *m, uint64_t id);
