/*
 * A block of settings that survives resets, also one in the middle of a write: two copies with a
 * sequence number and a CRC, of which a write replaces the older one. The header is programmed
 * last, so a torn copy is never taken for a good one.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

struct store {
    uint32_t base;       /* first byte of copy 0; copy 1 is the next sector */
    uint32_t size_bytes; /* of the block; at most STORE_BYTES_MAX */
    uint32_t sequence;   /* of the newest copy; 0: there is none */
    uint32_t newest;     /* its number */
};

#define STORE_BYTES_MAX 960 /* a sector less the header's page */

/** Reads the newest good copy; false if there is none, then `block` is unchanged. */
bool store_load(struct store *store, void *block);

/** Writes the block; false if it could not be stored: the newest copy stays what it was. */
bool store_save(struct store *store, const void *block);

#endif
