/* Corpus: runs a fuzz target's corpus, as it is and mutated by a fixed seed. For inclusion behind the target itself. */
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>

enum { INPUT_MOST = 4096, MUTATIONS = 3000 };

static uint64_t random_state = 1;

static uint32_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

/* Overwrites, drops or doubles a few bytes. */
static size_t mutate(uint8_t *p, size_t n, const char *telling, size_t ntelling)
{
    for (uint32_t i = next_random() % 4; n && i < 4; i++) {
        size_t at = next_random() % n;
        switch (next_random() % 3) {
        case 0:
            p[at] = (uint8_t)telling[next_random() % ntelling];
            break;
        case 1:
            memmove(p + at, p + at + 1, n - at - 1);
            n--;
            break;
        default:
            memmove(p + at + 1, p + at, n - at);
            n++;
        }
    }
    return n;
}

static void corpus_run_file(const char *path, const char *telling, size_t ntelling)
{
    uint8_t seed[INPUT_MOST], input[INPUT_MOST + 16];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(seed, 1, sizeof seed, f);
    fclose(f);
    LLVMFuzzerTestOneInput(seed, n);
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(input, seed, n);
        LLVMFuzzerTestOneInput(input, mutate(input, n, telling, ntelling));
    }
}

/* Runs every file of the folder; `telling` are bytes that mean something to the target. Returns how many. */
static int corpus_run(const char *folder, const char *telling, size_t ntelling)
{
    char path[600];
    int files = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        corpus_run_file(path, telling, ntelling);
        files++;
    }
    closedir(dir);
    return files;
}
