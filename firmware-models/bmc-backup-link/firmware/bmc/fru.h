/*
 * The inventory of the board (FRU 0), in the layout of the Platform Management FRU Information
 * Storage Definition 1.3; written by whoever has the privilege, kept over resets.
 */
#ifndef FRU_H
#define FRU_H

#include <stdbool.h>
#include <stdint.h>

#define FRU_BYTES 512u

void fru_start(void);
const uint8_t *fru_bytes(void);

/** offset + size_bytes <= FRU_BYTES. False: it could not be stored, and is as it was before. */
bool fru_write(uint32_t offset, const uint8_t *bytes, uint32_t size_bytes);

/** Whether the store works. */
bool fru_is_healthy(void);

#endif
