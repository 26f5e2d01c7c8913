/* Words: the plain words that threads share outside the mailbox: reference counts, statistics, flags. Every atomic
 * operation of the runtime is here or in mailbox.c. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Takes one more reference. Relaxed: whoever calls holds one already, or the lock under which the object was found. */
static inline void word_ref(uint32_t *refs)
{
    __atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

/* Gives a reference back; true for the last one, who frees. Acquire-release: what every holder wrote before its own
 * word_unref must be visible to the one that frees. Pairs with itself. */
static inline bool word_unref(uint32_t *refs)
{
    return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

/* Adds to a counter that only this thread writes. Relaxed: advisory; pairs with word_read of operators. */
static inline void word_count(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* Sets a word that only this thread writes. Relaxed: advisory; pairs with word_read. */
static inline void word_set(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* Adds to a counter that many threads write; returns what it was. Relaxed: advisory; pairs with word_read. */
static inline uint64_t word_add(uint64_t *counter, uint64_t n)
{
    return __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* Relaxed: advisory; exact once the writers are joined or at rest. */
static inline uint64_t word_read(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Puts a new value in place of an expected one; false if it is another. Relaxed: the word is all that is told. */
static inline bool word_swap(uint64_t *word, uint64_t expected, uint64_t value)
{
    return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Raises a flag for good. Release: pairs with the acquire in word_raised. */
static inline void word_raise(bool *flag)
{
    __atomic_store_n(flag, true, __ATOMIC_RELEASE);
}

/* Acquire: pairs with the release in word_raise. */
static inline bool word_raised(const bool *flag)
{
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* Claims a flag; true for the one caller that found it free. Acquire-release: what was written before a claim that
 * failed is visible to the holder after its word_yield. Pairs with word_yield. */
static inline bool word_claim(bool *flag)
{
    return !__atomic_exchange_n(flag, true, __ATOMIC_ACQ_REL);
}

/* Gives a claimed flag back. An exchange, not a store: it must read the claims that failed meanwhile. Pairs with
 * word_claim. */
static inline void word_yield(bool *flag)
{
    (void)__atomic_exchange_n(flag, false, __ATOMIC_ACQ_REL);
}
