/*
 * FNV-1a (hash.h); the constants are those of draft-eastlake-fnv, section 5.
 */
#include "hash.h"

#define HASH_PRIME 0x01000193u

uint32_t hash_round(uint32_t hash)
{
    for (uint32_t byte = 0; byte < HASH_BUFFER_BYTES; byte++)
        hash = (hash ^ byte) * HASH_PRIME;
    return hash;
}
