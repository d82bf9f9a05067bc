/*
 * The non-volatile store as the layers above see it: bytes in sectors that are erased to ones and
 * programmed, a page at a time, to zeros. Every function waits until the unit is idle.
 */
#ifndef NVM_H
#define NVM_H

#include <stdbool.h>
#include <stdint.h>

#define NVM_BYTES 65536
#define NVM_SECTOR_BYTES 1024
#define NVM_PAGE_BYTES 64

void nvm_read(uint32_t at, void *to, uint32_t size_bytes);

/** Programs bytes that lie in one page; false if they do not stand there afterwards. */
bool nvm_program(uint32_t at, const void *from, uint32_t size_bytes);

/** Erases the sector at `at` and waits; false if the unit reports an error. */
bool nvm_erase(uint32_t at);

/** Starts to erase the sector at `at` if the unit is idle; false if it is busy. */
bool nvm_erase_start(uint32_t at);

#endif
