/*
 * Commands of the management controller itself (IPMI 2.0, sections 20, 22.1, 27).
 */
#include "commands.h"

#include "bmc.h"
#include "bytes.h"
#include "fru.h"
#include "libc.h"
#include "power.h"
#include "sel.h"
#include "watchdog.h"

/* Identity: our choice. The maker is the number that RFC 5612 sets aside for examples. */
#define DEVICE_ID 0x20
#define DEVICE_REVISION 0x01
#define MAKER 32473u
#define PRODUCT 3u

enum completion get_device_id(const struct request *request, struct response *response)
{
    (void)request;
    uint8_t *data = response->data;
    data[0] = DEVICE_ID;
    data[1] = DEVICE_REVISION;
    data[2] = FIRMWARE_MAJOR;
    data[3] = FIRMWARE_MINOR_BCD;
    data[4] = 0x02; /* IPMI 2.0 */
    data[5] = 0x8f; /* chassis, FRU, SEL, SDR repository, sensors */
    put_le32(data + 6, MAKER);
    put_le16(data + 9, PRODUCT);
    put_le32(data + 11, 0);
    response->size_bytes = 15;
    return CC_OK;
}

enum completion cold_reset(const struct request *request, struct response *response)
{
    (void)request;
    (void)response;
    bmc_restart_soon(true);
    return CC_OK;
}

enum completion warm_reset(const struct request *request, struct response *response)
{
    (void)request;
    (void)response;
    bmc_restart_soon(false);
    return CC_OK;
}

/** 55h: all is well; 57h: something is corrupt or out of reach, by bits. */
enum completion get_self_test(const struct request *request, struct response *response)
{
    (void)request;
    const uint8_t bad = (uint8_t)((sel_is_healthy() ? 0 : 0x80) | (fru_is_healthy() ? 0 : 0x20));
    response->data[0] = bad == 0 ? 0x55 : 0x57;
    response->data[1] = bad;
    response->size_bytes = 2;
    return CC_OK;
}

/** A fixed number (version 4, RFC 4122), least significant byte first: our choice. */
enum completion get_device_guid(const struct request *request, struct response *response)
{
    static const uint8_t guid[16] = {
        0x03, 0x00, 0x4c, 0x42, 0x53, 0x48, 0x00, 0x80,
        0x31, 0x4b, 0x43, 0x53, 0x50, 0x45, 0x43, 0x49,
    };
    (void)request;
    memcpy(response->data, guid, sizeof guid);
    response->size_bytes = sizeof guid;
    return CC_OK;
}

/** The host's agent may tell its state; until it does, the power says it: 0 S0/G0, 6 S5/G2. */
static uint8_t acpi_device_state;

enum completion set_acpi_state(const struct request *request, struct response *response)
{
    (void)response;
    if (request->data[1] & 0x80)
        acpi_device_state = request->data[1] & 0x7f;
    return CC_OK;
}

enum completion get_acpi_state(const struct request *request, struct response *response)
{
    (void)request;
    response->data[0] = power_is_on() ? 0 : 6;
    response->data[1] = acpi_device_state;
    response->size_bytes = 2;
    return CC_OK;
}

enum completion set_watchdog(const struct request *request, struct response *response)
{
    (void)response;
    return watchdog_set(request->data) ? CC_OK : CC_BAD_FIELD;
}

enum completion get_watchdog(const struct request *request, struct response *response)
{
    (void)request;
    watchdog_get(response->data);
    response->size_bytes = WATCHDOG_GET_BYTES;
    return CC_OK;
}

/** 80h: the timer was never set. */
enum completion reset_watchdog(const struct request *request, struct response *response)
{
    (void)request;
    (void)response;
    return watchdog_reset() ? CC_OK : CC_SPECIFIC_80;
}

/** Bit 3: events go to the log; the others are kept. */
static uint8_t global_enables = 0x09;

enum completion set_global_enables(const struct request *request, struct response *response)
{
    (void)response;
    global_enables = request->data[0];
    return CC_OK;
}

enum completion get_global_enables(const struct request *request, struct response *response)
{
    (void)request;
    response->data[0] = global_enables;
    response->size_bytes = 1;
    return CC_OK;
}
