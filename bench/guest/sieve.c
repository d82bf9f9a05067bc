/*
 * Sieve of Eratosthenes over the odd numbers below one million: byte stores with growing strides.
 * Oracle: there are 78498 primes below 10^6, the last is 999983.
 */
#include "bench.h"

#define LIMIT 1000000u
#define ODD_COUNT (LIMIT / 2)
#define PASSES 8

static uint8_t composite[ODD_COUNT]; /* entry i stands for 2 * i + 1 */

static uint32_t count_primes(uint32_t *last)
{
    uint32_t count = 1; /* the prime 2 */
    for (uint32_t i = 0; i < ODD_COUNT; i++)
        composite[i] = 0;
    for (uint32_t i = 1; i < ODD_COUNT; i++) {
        if (composite[i])
            continue;
        const uint32_t prime = 2 * i + 1;
        count++;
        *last = prime;
        if (prime > LIMIT / prime)
            continue;
        for (uint32_t k = prime * prime / 2; k < ODD_COUNT; k += prime)
            composite[k] = 1;
    }
    return count;
}

int main(void)
{
    for (uint32_t pass = 0; pass < PASSES; pass++) {
        uint32_t last = 2;
        if (count_primes(&last) != 78498u)
            return 1;
        if (last != 999983u)
            return 2;
    }
    return 0;
}
