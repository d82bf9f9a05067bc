/*
 * What lies between host and BMC in links-native.c: the registers of the management interface, the
 * package's mailbox, the control interface that loses messages.
 */
#include "links-native.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "hardware.h"
#include "host_hardware.h"
#include "kcs.h"

/* The management interface. */

enum kcs_fault kcs_fault;
uint8_t kcs_status;
static uint8_t kcs_in;
static uint8_t kcs_out;

uint8_t hw_kcs_status(void)
{
    return kcs_status;
}

uint8_t hw_kcs_take(void)
{
    kcs_status &= (uint8_t)~KCS_IBF;
    return kcs_in;
}

void hw_kcs_put(uint8_t byte)
{
    kcs_out = byte;
    kcs_status |= KCS_OBF;
}

void hw_kcs_set_status(uint8_t bits)
{
    const uint8_t mask = KCS_STATE_MASK | KCS_ATTENTION;
    kcs_status = (uint8_t)((kcs_status & ~mask) | (bits & mask));
}

void hw_kcs_restart(void)
{
    kcs_status &= (uint8_t)~KCS_IBF;
}

uint8_t hw_kcs_host_status(void)
{
    if (kcs_fault == KCS_LOST)
        return 0xff;
    return (uint8_t)(kcs_status | (kcs_fault == KCS_IBF_STUCK ? KCS_IBF : 0));
}

uint8_t hw_kcs_read(void)
{
    kcs_status &= (uint8_t)~KCS_OBF;
    return kcs_fault == KCS_LOST ? 0xff : kcs_out;
}

static void host_writes(uint8_t byte, uint8_t command)
{
    if (kcs_fault == KCS_LOST)
        return;
    kcs_in = byte;
    kcs_status = (uint8_t)((kcs_status & ~KCS_CD) | KCS_IBF | command);
}

void hw_kcs_write(uint8_t byte)
{
    host_writes(byte, 0);
}

void hw_kcs_command(uint8_t code)
{
    host_writes(code, KCS_CD);
}

/* The package and the control interface. */

uint32_t to_bmc;
static uint32_t from_bmc;
bool from_full;
uint32_t peci_loss_percent;
uint64_t chance = 1;
static uint8_t last_write[16];
static uint32_t last_write_bytes;
static uint8_t last_completion;

uint32_t draw(uint32_t limit)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((chance >> 33) % limit);
}

static uint8_t write_mailbox(uint8_t index, uint32_t value)
{
    if (index == 0x80 && value == to_bmc && value != 0) {
        to_bmc = 0;
        return 0x40;
    }
    if (index == 0x81 && !from_full) {
        from_bmc = value;
        from_full = true;
        return 0x40;
    }
    return index == 0x81 ? 0x80 : 0x90;
}

/** A write that is repeated (bit 0 of the host identifier) is answered as before. */
static uint8_t write_package(const uint8_t *write, uint32_t size_bytes)
{
    const bool repeated = (write[1] & 1) != 0;
    if (repeated && size_bytes == last_write_bytes && write[0] == last_write[0] &&
        memcmp(write + 2, last_write + 2, size_bytes - 2) == 0)
        return last_completion;
    memcpy(last_write, write, size_bytes);
    last_write_bytes = size_bytes;
    last_completion = write_mailbox(write[2], get_le32(write + 5));
    return last_completion;
}

bool hw_peci_transfer(uint8_t address, const uint8_t *write, uint32_t write_bytes, bool aw,
                      uint8_t *read, uint32_t read_bytes)
{
    const bool lost = draw(100) < peci_loss_percent;
    if (address != 0x30 || aw != (write_bytes > 0 && write[0] == 0xa5))
        abort();
    if (lost && draw(2) == 0)
        return false;
    memset(read, 0, read_bytes);
    if (write_bytes > 0 && write[0] == 0x01) {
        put_le16(read, 0xfd80);
    } else if (write_bytes > 0 && write[0] == 0xa1) {
        read[0] = 0x40;
        put_le32(read + 1, write[2] == 0x80 ? to_bmc : 0);
    } else if (write_bytes > 0) {
        read[0] = write_package(write, write_bytes);
    }
    return !lost;
}

bool hw_mailbox_put(uint32_t dword)
{
    if (to_bmc != 0)
        return false;
    to_bmc = dword;
    return true;
}

bool hw_mailbox_take(uint32_t *dword)
{
    if (!from_full)
        return false;
    *dword = from_bmc;
    from_full = false;
    return true;
}
