/*
 * Messages on the control interface (peci.h).
 */
#include "peci.h"

#include "bytes.h"
#include "hardware.h"
#include "libc.h"

/* Commands and completion codes: specification, section 3. */
#define GET_TEMP 0x01
#define RD_PKG_CONFIG 0xa1
#define WR_PKG_CONFIG 0xa5
#define COMPLETED 0x40
#define RETRY_FIRST 0x80
#define RETRY_LAST 0x82

/** The host identifier; bit 0 marks a repetition. */
#define HOST_ID 0x00
#define HOST_ID_AT 1
#define RETRY_BIT 0x01

/**
 * Sendings of one message, the first and its repetitions: with one bit of a hundred wrong a message
 * of 15 bytes comes through three times of ten.
 */
#define SENDINGS 8u

static struct peci_counters counters;

/** One message, repeated after silence or a wrong check byte. `write[1]` is the host identifier. */
static bool transfer(uint8_t address, uint8_t *write, uint32_t write_bytes, bool aw,
                     uint8_t *read, uint32_t read_bytes)
{
    counters.messages++;
    for (uint32_t sending = 0; sending < SENDINGS; sending++) {
        if (sending != 0) {
            counters.repeated++;
            if (write_bytes > HOST_ID_AT)
                write[HOST_ID_AT] |= RETRY_BIT;
        }
        if (hw_peci_transfer(address, write, write_bytes, aw, read, read_bytes))
            return true;
    }
    counters.no_reply++;
    return false;
}

/** A message whose answer begins with a completion code. */
static enum peci_result command(uint8_t address, uint8_t *write, uint32_t write_bytes, bool aw,
                                uint8_t *read, uint32_t read_bytes)
{
    if (!transfer(address, write, write_bytes, aw, read, read_bytes))
        return PECI_NO_REPLY;
    if (read[0] == COMPLETED)
        return PECI_OK;
    if (read[0] >= RETRY_FIRST && read[0] <= RETRY_LAST) {
        counters.retries++;
        return PECI_RETRY;
    }
    counters.refused++;
    return PECI_REFUSED;
}

enum peci_result peci_ping(uint8_t address)
{
    uint8_t nothing[1];
    return transfer(address, nothing, 0, false, nothing, 0) ? PECI_OK : PECI_NO_REPLY;
}

enum peci_result peci_get_temp(uint8_t address, int16_t *reading)
{
    uint8_t write[] = {GET_TEMP};
    uint8_t read[2];
    if (!transfer(address, write, sizeof write, false, read, sizeof read))
        return PECI_NO_REPLY;
    const uint16_t raw = get_le16(read);
    if (raw >= PECI_TEMPERATURE_INVALID && raw <= PECI_TEMPERATURE_ERROR_LAST)
        return PECI_REFUSED;
    *reading = (int16_t)raw;
    return PECI_OK;
}

enum peci_result peci_rd_pkg_config(uint8_t address, uint8_t index, uint16_t parameter,
                                    uint32_t *value)
{
    uint8_t write[5] = {RD_PKG_CONFIG, HOST_ID, index};
    uint8_t read[5];
    put_le16(write + 3, parameter);
    const enum peci_result result =
        command(address, write, sizeof write, false, read, sizeof read);
    if (result == PECI_OK)
        *value = get_le32(read + 1);
    return result;
}

enum peci_result peci_wr_pkg_config(uint8_t address, uint8_t index, uint16_t parameter,
                                    uint32_t value)
{
    uint8_t write[9] = {WR_PKG_CONFIG, HOST_ID, index};
    uint8_t read[1];
    put_le16(write + 3, parameter);
    put_le32(write + 5, value);
    return command(address, write, sizeof write, true, read, sizeof read);
}

const struct peci_counters *peci_counters(void)
{
    return &counters;
}
