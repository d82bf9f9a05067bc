/*
 * Driver of the PECI engine (hardware.h).
 */
#include "hardware.h"
#include "hw_map.h"
#include "hw_wait.h"

/** Cycles of the 24 MHz clock a bit: 1 Mbit/s, half of what PECI allows. */
#define BIT_CYCLES 24u

#define STATUS_ERRORS                                                                             \
    (PECI_STATUS_BAD_WRITE_FCS | PECI_STATUS_ABORTED | PECI_STATUS_BAD_READ_FCS |                 \
     PECI_STATUS_NO_ANSWER | PECI_STATUS_LINE)

const struct hw_unit hw_peci_unit = {
    .base = PECI_BASE,
    .status_offset = PECI_STATUS,
    .busy = PECI_STATUS_BUSY,
    .ctrl_offset = PECI_CTRL,
    .ctrl = PECI_CTRL_EN,
    .irq = PECI_CTRL_IRQ,
    .limit_ms = 20, /* the longest message takes 400 us at this rate */
};

static void write_block(const uint8_t *bytes, uint32_t size_bytes)
{
    uint32_t words[4] = {0};
    for (uint32_t i = 0; i < size_bytes; i++)
        words[i / 4] |= (uint32_t)bytes[i] << i % 4 * 8;
    for (uint32_t i = 0; i < 4; i++)
        *reg32(PECI_BASE, PECI_WRITE0 + 4 * i) = words[i];
}

bool hw_peci_transfer(uint8_t address, const uint8_t *write, uint32_t write_bytes, bool aw,
                      uint8_t *read, uint32_t read_bytes)
{
    if (!hw_wait(&hw_peci_unit))
        return false;
    *reg32(PECI_BASE, PECI_CTRL) = PECI_CTRL_EN;
    *reg32(PECI_BASE, PECI_TIMING) = BIT_CYCLES;
    write_block(write, write_bytes);
    *reg32(PECI_BASE, PECI_HEADER) = address |
                                     (write_bytes + aw) << PECI_HEADER_WRITE_LENGTH_SHIFT |
                                     read_bytes << PECI_HEADER_READ_LENGTH_SHIFT |
                                     (aw ? PECI_HEADER_AW : 0);
    *reg32(PECI_BASE, PECI_COMMAND) = PECI_COMMAND_START;
    if (!hw_wait(&hw_peci_unit))
        return false;
    const uint32_t status = *reg32(PECI_BASE, PECI_STATUS);
    if ((status & PECI_STATUS_DONE) == 0 || (status & STATUS_ERRORS) != 0)
        return false;
    for (uint32_t i = 0; i < read_bytes; i++)
        read[i] = (uint8_t)(*reg32(PECI_BASE, PECI_READ0 + i / 4 * 4) >> i % 4 * 8);
    return true;
}
