/*
 * The shared memory (POOL_BASE) of the two nodes: one layout for both. Zero at power-on; nobody
 * initialises it. A word under contention has a granule of 16 bytes to itself, since that is what a
 * reservation covers (specification of the core, section 1).
 */
#ifndef POOL_H
#define POOL_H

#include <stdint.h>

#include "board.h"

struct granule {
    volatile uint32_t word;
    uint32_t unused[3];
};

#define MESSAGE_WORDS 5
#define CHANNEL_SLOTS 8

struct message {
    uint32_t sequence;
    uint32_t payload[MESSAGE_WORDS];
    uint32_t crc; /* CRC-32 of all the words before it */
    uint32_t unused;
};

/** Messages of one direction; `written` and `taken` count without bound. Under the lock. */
struct channel {
    volatile uint32_t written;
    volatile uint32_t taken;
    uint32_t unused[2];
    volatile struct message slots[CHANNEL_SLOTS];
};

struct pool {
    struct granule phase[2]; /* how far each node has come: pool_meet() */
    struct granule amo_sum;
    struct granule amo_xor;
    struct granule amo_max;
    struct granule amo_or;
    struct granule lr_sc_sum;
    struct granule lock;
    struct channel channel[2]; /* by sender */
};

#define POOL ((struct pool *)POOL_BASE)

/** Says that this node has come to `phase` and waits for the peer; false if it does not come. */
bool pool_meet(uint32_t phase);

#endif
