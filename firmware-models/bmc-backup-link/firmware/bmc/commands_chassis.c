/*
 * Chassis commands (IPMI 2.0, section 28).
 */
#include "bytes.h"
#include "commands.h"
#include "config.h"
#include "libc.h"
#include "power.h"
#include "sensors.h"

#define IDENTIFY_DEFAULT_S 15u

enum completion get_chassis_capabilities(const struct request *request,
                                         struct response *response)
{
    (void)request;
    memset(response->data, IPMB_BMC, 5); /* FRU, SDR, SEL, system management: all here */
    response->data[0] = 0;               /* no intrusion sensor, lockout, NMI, interlock */
    response->size_bytes = 5;
    return CC_OK;
}

enum completion get_chassis_status(const struct request *request, struct response *response)
{
    (void)request;
    const uint32_t fan_fault = sensors_worst(0x04) >= 2;
    response->data[0] = (uint8_t)((power_is_on() ? 0x01 : 0) | (power_has_failed() ? 0x08 : 0) |
                                  config.power_policy << 5);
    response->data[1] = power_last_event();
    response->data[2] = (uint8_t)(0x40 | power_identify_state() << 4 | fan_fault << 3);
    response->size_bytes = 3;
    return CC_OK;
}

enum completion chassis_control(const struct request *request, struct response *response)
{
    (void)response;
    if (request->data[0] > POWER_SOFT)
        return CC_BAD_FIELD;
    return power_request((enum power_action)request->data[0], RESTART_CHASSIS_CONTROL);
}

/** [seconds, [force on]]: without data the usual 15 s. */
enum completion chassis_identify(const struct request *request, struct response *response)
{
    (void)response;
    const uint32_t seconds = request->size_bytes > 0 ? request->data[0] : IDENTIFY_DEFAULT_S;
    power_identify(seconds, request->size_bytes > 1 && (request->data[1] & 1) != 0);
    return CC_OK;
}

/** 3 asks which policies there are and changes nothing. */
enum completion set_power_policy(const struct request *request, struct response *response)
{
    const uint8_t policy = request->data[0] & 7;
    if (policy > 3)
        return CC_BAD_FIELD;
    response->data[0] = 0x07;
    response->size_bytes = 1;
    if (policy == 3)
        return CC_OK;
    config.power_policy = policy;
    return config_save() ? CC_OK : CC_UNSPECIFIED;
}

enum completion get_restart_cause(const struct request *request, struct response *response)
{
    (void)request;
    response->data[0] = (uint8_t)power_restart_cause();
    response->data[1] = CHANNEL_SERIAL;
    response->size_bytes = 2;
    return CC_OK;
}

/* Parameters of the boot options (IPMI 2.0, table 28-14). */
enum boot_parameter {
    BOOT_SET_IN_PROGRESS = 0,
    BOOT_VALID_CLEARING = 3,
    BOOT_ACKNOWLEDGE = 4,
    BOOT_FLAGS = 5,
};

static uint8_t set_in_progress;
static uint8_t valid_clearing;

/** Where a parameter is kept and how long it is; null: there is none. */
static uint8_t *boot_parameter(uint8_t number, uint32_t *size_bytes)
{
    switch (number) {
    case BOOT_SET_IN_PROGRESS:
        *size_bytes = 1;
        return &set_in_progress;
    case BOOT_VALID_CLEARING:
        *size_bytes = 1;
        return &valid_clearing;
    case BOOT_ACKNOWLEDGE:
        *size_bytes = sizeof config.boot_acknowledge;
        return config.boot_acknowledge;
    case BOOT_FLAGS:
        *size_bytes = sizeof config.boot_flags;
        return config.boot_flags;
    default:
        return 0;
    }
}

/** 80h: no such parameter; 81h: somebody else's setting is in progress. */
enum completion set_boot_options(const struct request *request, struct response *response)
{
    (void)response;
    const uint8_t number = request->data[0] & 0x7f;
    uint32_t size;
    uint8_t *parameter = boot_parameter(number, &size);
    if (parameter == 0)
        return CC_SPECIFIC_80;
    if (request->size_bytes == 1)
        return CC_OK; /* only the bit that marks the parameter as invalid: it is not kept */
    if (request->size_bytes != 1 + size)
        return CC_LENGTH;
    if (number == BOOT_SET_IN_PROGRESS) {
        if ((request->data[1] & 3) == 1 && set_in_progress == 1)
            return CC_SPECIFIC_81;
        set_in_progress = (request->data[1] & 3) == 1;
        return CC_OK;
    }
    if (number == BOOT_ACKNOWLEDGE) {
        /* A write mask, then the bits: who has read the flags. */
        config.boot_acknowledge[1] = (uint8_t)((config.boot_acknowledge[1] & ~request->data[1]) |
                                               (request->data[1] & request->data[2]));
        return config_save() ? CC_OK : CC_UNSPECIFIED;
    }
    memcpy(parameter, request->data + 1, size);
    return number != BOOT_FLAGS || config_save() ? CC_OK : CC_UNSPECIFIED;
}

enum completion get_boot_options(const struct request *request, struct response *response)
{
    const uint8_t number = request->data[0] & 0x7f;
    uint32_t size;
    const uint8_t *parameter = boot_parameter(number, &size);
    if (parameter == 0)
        return CC_SPECIFIC_80;
    response->data[0] = 1; /* version of the parameters */
    response->data[1] = number;
    memcpy(response->data + 2, parameter, size);
    response->size_bytes = (uint8_t)(2 + size);
    return CC_OK;
}

enum completion get_poh_counter(const struct request *request, struct response *response)
{
    (void)request;
    response->data[0] = 1; /* minutes a count */
    put_le32(response->data + 1, power_on_minutes());
    response->size_bytes = 5;
    return CC_OK;
}
