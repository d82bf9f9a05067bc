/*
 * What the benchmark programs share. Each is one file whose main() returns 0, or the number of the
 * check that failed; it runs 30 to 60 million instructions. They are plain C11 without a library,
 * so that the same file, built for the host, is its own oracle.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/** Marsaglia's xorshift32 (13, 17, 5): period 2^32 - 1, never 0 if it does not start there. */
static inline uint32_t xorshift32(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
