/*
 * The map of the board, and access to registers. A model with a map of its own names it with
 * BOARD_MAP (scripts/firmware.mjs); all others have the standard map.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#ifdef BOARD_MAP
#include BOARD_MAP
#else
#include "standard_map.h"
#endif

/** A 32-bit device register. */
static inline volatile uint32_t *reg32(uintptr_t base, uintptr_t offset)
{
    return (volatile uint32_t *)(base + offset);
}

/** A register of the 16550, which is a byte wide. */
static inline volatile uint8_t *reg8(uintptr_t base, uintptr_t offset)
{
    return (volatile uint8_t *)(base + offset);
}

#endif
