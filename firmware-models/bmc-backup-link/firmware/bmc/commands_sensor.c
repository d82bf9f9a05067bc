/*
 * Sensor and event commands (IPMI 2.0, sections 29, 35).
 */
#include "bytes.h"
#include "commands.h"
#include "libc.h"
#include "sel.h"
#include "sensors.h"

/* The event receiver that was set; the BMC is its own and keeps logging. */
static uint8_t event_receiver[2] = {IPMB_BMC, 0};

enum completion set_event_receiver(const struct request *request, struct response *response)
{
    (void)response;
    event_receiver[0] = request->data[0];
    event_receiver[1] = request->data[1] & 3;
    return CC_OK;
}

enum completion get_event_receiver(const struct request *request, struct response *response)
{
    (void)request;
    memcpy(response->data, event_receiver, sizeof event_receiver);
    response->size_bytes = sizeof event_receiver;
    return CC_OK;
}

/** Over the system interface the generator comes first; elsewhere it is who sent the message. */
enum completion platform_event(const struct request *request, struct response *response)
{
    (void)response;
    const bool has_generator = request->size_bytes == 8;
    const uint8_t *at = request->data + has_generator;
    const uint32_t size = request->size_bytes - (has_generator ? 1u : 0u);
    struct event event = {
        .generator = has_generator ? request->data[0] : request->requester,
        .sensor_type = at[1],
        .sensor_number = at[2],
        .direction_and_type = at[3],
        .data = {at[4], 0xff, 0xff},
    };
    for (uint32_t i = 5; i < size; i++)
        event.data[i - 4] = at[i];
    sel_log(&event);
    return CC_OK;
}

static bool is_sensor(uint8_t number)
{
    return number >= 1 && number < SENSOR_END;
}

static bool is_threshold(uint8_t number)
{
    return sensor_rows[number].reading_type == READING_THRESHOLD;
}

/** CC_OK for a sensor with thresholds. */
static enum completion check_threshold(uint8_t number)
{
    if (!is_sensor(number))
        return CC_NOT_PRESENT;
    return is_threshold(number) ? CC_OK : CC_NOT_FOR_THIS_SENSOR;
}

enum completion set_hysteresis(const struct request *request, struct response *response)
{
    (void)response;
    const enum completion wrong = check_threshold(request->data[0]);
    if (wrong != CC_OK)
        return wrong;
    struct sensor *sensor = sensor_of(request->data[0]);
    sensor->hysteresis_up = request->data[2];
    sensor->hysteresis_down = request->data[3];
    sensor_compare(request->data[0]);
    return CC_OK;
}

enum completion get_hysteresis(const struct request *request, struct response *response)
{
    const enum completion wrong = check_threshold(request->data[0]);
    if (wrong != CC_OK)
        return wrong;
    const struct sensor *sensor = sensor_of(request->data[0]);
    response->data[0] = sensor->hysteresis_up;
    response->data[1] = sensor->hysteresis_down;
    response->size_bytes = 2;
    return CC_OK;
}

/**
 * Whether thresholds are in order: lower ones fall, upper ones rise from non-critical on, and no
 * lower one is above an upper one.
 */
static bool are_ordered(const struct sensor_row *row, const uint8_t *thresholds)
{
    static const uint8_t ascending[] = {LNR, LCR, LNC, UNC, UCR, UNR};
    int32_t before = INT32_MIN;
    for (uint32_t i = 0; i < sizeof ascending; i++) {
        if ((row->mask & 1u << ascending[i]) == 0)
            continue;
        const int32_t value = sensor_signed(row, thresholds[ascending[i]]);
        if (value < before)
            return false;
        before = value;
    }
    return true;
}

enum completion set_thresholds(const struct request *request, struct response *response)
{
    (void)response;
    const uint8_t number = request->data[0];
    const uint8_t mask = request->data[1];
    uint8_t wanted[THRESHOLD_COUNT];
    const enum completion wrong = check_threshold(number);
    if (wrong != CC_OK)
        return wrong;
    struct sensor *sensor = sensor_of(number);
    if ((mask & ~sensor_rows[number].mask) != 0)
        return CC_BAD_FIELD;
    memcpy(wanted, sensor->thresholds, sizeof wanted);
    for (uint32_t t = 0; t < THRESHOLD_COUNT; t++) {
        if (mask & 1u << t)
            wanted[t] = request->data[2 + t];
    }
    if (!are_ordered(&sensor_rows[number], wanted))
        return CC_BAD_FIELD;
    memcpy(sensor->thresholds, wanted, sizeof wanted);
    sensor_compare(number);
    return CC_OK;
}

enum completion get_thresholds(const struct request *request, struct response *response)
{
    const uint8_t number = request->data[0];
    const enum completion wrong = check_threshold(number);
    if (wrong != CC_OK)
        return wrong;
    response->data[0] = sensor_rows[number].mask;
    for (uint32_t t = 0; t < THRESHOLD_COUNT; t++) {
        if (sensor_rows[number].mask & 1u << t)
            response->data[1 + t] = sensor_of(number)->thresholds[t];
    }
    response->size_bytes = 1 + THRESHOLD_COUNT;
    return CC_OK;
}

/* Bits of Set and Get Sensor Event Enable. */
#define ENABLE_MESSAGES 0x80
#define ENABLE_SCANNING 0x40
#define ENABLE_HOW 0x30
#define ENABLE_SELECTED 0x10
#define DISABLE_SELECTED 0x20

static uint16_t mask_at(const struct request *request, uint32_t index)
{
    uint16_t mask = request->size_bytes > index ? request->data[index] : 0;
    if (request->size_bytes > index + 1)
        mask |= (uint16_t)(request->data[index + 1] << 8);
    return mask;
}

enum completion set_event_enable(const struct request *request, struct response *response)
{
    (void)response;
    const uint8_t number = request->data[0];
    const uint8_t how = request->data[1] & ENABLE_HOW;
    const uint16_t assertions = mask_at(request, 2) & 0x7fff;
    const uint16_t deassertions = mask_at(request, 4) & 0x7fff;
    if (!is_sensor(number))
        return CC_NOT_PRESENT;
    struct sensor *sensor = sensor_of(number);
    sensor->sends_events = (request->data[1] & ENABLE_MESSAGES) != 0;
    sensor->scans = (request->data[1] & ENABLE_SCANNING) != 0;
    if (how == ENABLE_SELECTED) {
        sensor->assertion_mask |= assertions;
        sensor->deassertion_mask |= deassertions;
    } else if (how == DISABLE_SELECTED) {
        sensor->assertion_mask &= (uint16_t)~assertions;
        sensor->deassertion_mask &= (uint16_t)~deassertions;
    }
    return CC_OK;
}

static uint8_t enable_bits(const struct sensor *sensor)
{
    return (uint8_t)((sensor->sends_events ? ENABLE_MESSAGES : 0) |
                     (sensor->scans ? ENABLE_SCANNING : 0));
}

enum completion get_event_enable(const struct request *request, struct response *response)
{
    if (!is_sensor(request->data[0]))
        return CC_NOT_PRESENT;
    const struct sensor *sensor = sensor_of(request->data[0]);
    response->data[0] = enable_bits(sensor);
    put_le16(response->data + 1, sensor->assertion_mask);
    put_le16(response->data + 3, sensor->deassertion_mask);
    response->size_bytes = 5;
    return CC_OK;
}

enum completion rearm_events(const struct request *request, struct response *response)
{
    (void)response;
    if (!is_sensor(request->data[0]))
        return CC_NOT_PRESENT;
    sensor_rearm(request->data[0]);
    return CC_OK;
}

/** Bit 5 of the second byte: there is no reading now. */
static uint8_t reading_bits(const struct sensor *sensor)
{
    return (uint8_t)(enable_bits(sensor) | (sensor->is_available && sensor->scans ? 0 : 0x20));
}

enum completion get_event_status(const struct request *request, struct response *response)
{
    if (!is_sensor(request->data[0]))
        return CC_NOT_PRESENT;
    const struct sensor *sensor = sensor_of(request->data[0]);
    response->data[0] = reading_bits(sensor);
    put_le16(response->data + 1, sensor->asserted);
    put_le16(response->data + 3, (uint32_t)~sensor->asserted & sensor->deassertion_mask);
    response->size_bytes = 5;
    return CC_OK;
}

enum completion get_sensor_reading(const struct request *request, struct response *response)
{
    const uint8_t number = request->data[0];
    if (!is_sensor(number))
        return CC_NOT_PRESENT;
    const struct sensor *sensor = sensor_of(number);
    response->data[0] = sensor->is_available ? sensor->raw : 0;
    response->data[1] = reading_bits(sensor);
    put_le16(response->data + 2, sensor->states);
    if (is_threshold(number)) {
        response->data[2] |= 0xc0; /* reserved: reads 1 */
        response->size_bytes = 3;
    } else {
        response->data[3] |= 0x80;
        response->size_bytes = 4;
    }
    return CC_OK;
}
