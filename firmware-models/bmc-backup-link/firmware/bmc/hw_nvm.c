/*
 * Driver of the non-volatile store (nvm.h).
 */
#include "hw_map.h"
#include "hw_wait.h"
#include "libc.h"
#include "nvm.h"

const struct hw_unit hw_nvm_unit = {
    .base = NVM_BASE,
    .status_offset = NVM_STATUS,
    .busy = NVM_STATUS_BUSY,
    .ctrl_offset = NVM_CTRL,
    .irq = NVM_CTRL_IRQ,
    .limit_ms = 100, /* an erase takes 20 */
};

void nvm_read(uint32_t at, void *to, uint32_t size_bytes)
{
    (void)hw_wait(&hw_nvm_unit); /* while busy the array reads ones */
    const volatile uint8_t *from = (const volatile uint8_t *)(NVM_ARRAY + at);
    uint8_t *bytes = to;
    for (; size_bytes > 0 && ((uintptr_t)from & 3) != 0; size_bytes--)
        *bytes++ = *from++;
    for (; size_bytes >= 4; size_bytes -= 4, from += 4, bytes += 4) {
        const uint32_t word = *(const volatile uint32_t *)from;
        memcpy(bytes, &word, 4);
    }
    while (size_bytes-- > 0)
        *bytes++ = *from++;
}

/** Whether the bytes stand in the array. */
static bool stands(uint32_t at, const uint8_t *bytes, uint32_t size_bytes)
{
    uint8_t page[NVM_PAGE_BYTES];
    nvm_read(at, page, size_bytes);
    return memcmp(page, bytes, size_bytes) == 0;
}

bool nvm_program(uint32_t at, const void *from, uint32_t size_bytes)
{
    uint32_t page[NVM_PAGE_BYTES / 4];
    memset(page, 0xff, sizeof page);
    memcpy((uint8_t *)page + at % NVM_PAGE_BYTES, from, size_bytes);
    if (!hw_wait(&hw_nvm_unit))
        return false;
    *reg32(NVM_BASE, NVM_ADDRESS) = at;
    for (uint32_t i = 0; i < NVM_PAGE_BYTES / 4; i++)
        *reg32(NVM_BASE, NVM_BUFFER0 + 4 * i) = page[i];
    *reg32(NVM_BASE, NVM_COMMAND) = NVM_COMMAND_PROGRAM;
    return hw_wait(&hw_nvm_unit) && stands(at, from, size_bytes);
}

bool nvm_erase_start(uint32_t at)
{
    if (*reg32(NVM_BASE, NVM_STATUS) & NVM_STATUS_BUSY)
        return false;
    *reg32(NVM_BASE, NVM_ADDRESS) = at;
    *reg32(NVM_BASE, NVM_COMMAND) = NVM_COMMAND_ERASE;
    return true;
}

bool nvm_erase(uint32_t at)
{
    if (!hw_wait(&hw_nvm_unit) || !nvm_erase_start(at) || !hw_wait(&hw_nvm_unit))
        return false;
    return (*reg32(NVM_BASE, NVM_STATUS) & NVM_STATUS_ERROR) == 0;
}
