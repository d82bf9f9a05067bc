/*
 * A ring of bytes between one producer and one consumer, of which one may be an interrupt handler:
 * each index is written by one side only, so neither needs to mask interrupts. Both count without
 * bound and wrap at 2^32; the size is a power of two.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;
    uint32_t size_bytes;
    volatile uint32_t written;
    volatile uint32_t taken;
};

static inline uint32_t ring_count(const struct ring *ring)
{
    return ring->written - ring->taken;
}

static inline bool ring_is_full(const struct ring *ring)
{
    return ring_count(ring) == ring->size_bytes;
}

/** Byte `index` from the oldest on; index < ring_count(). */
static inline uint8_t ring_peek(const struct ring *ring, uint32_t index)
{
    return ring->bytes[(ring->taken + index) & (ring->size_bytes - 1)];
}

/** Puts a byte in; false, and nothing changed, if the ring is full. */
static inline bool ring_put(struct ring *ring, uint8_t byte)
{
    const uint32_t at = ring->written;
    if (at - ring->taken == ring->size_bytes)
        return false;
    ring->bytes[at & (ring->size_bytes - 1)] = byte;
    __asm__ volatile("" : : : "memory"); /* the byte before the index that publishes it */
    ring->written = at + 1;
    return true;
}

/** Takes the oldest byte; the ring is not empty. */
static inline uint8_t ring_take(struct ring *ring)
{
    const uint8_t byte = ring_peek(ring, 0);
    __asm__ volatile("" : : : "memory"); /* the byte is read before its place is given back */
    ring->taken = ring->taken + 1;
    return byte;
}

#endif
