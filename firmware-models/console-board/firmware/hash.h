/*
 * The hash of the `hash N` command: FNV-1a, 32 bits (start 0x811c9dc5, prime 0x01000193), over a
 * buffer of 64 bytes 0, 1, .. 63, each round going on from the result of the round before it.
 */
#ifndef HASH_H
#define HASH_H

#include <stdint.h>

#define HASH_START 0x811c9dc5u
#define HASH_BUFFER_BYTES 64

uint32_t hash_round(uint32_t hash);

#endif
