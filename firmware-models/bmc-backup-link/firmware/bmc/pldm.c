/*
 * PLDM (pldm.h): one row a command.
 */
#include "pldm.h"

#include "bytes.h"
#include "crc.h"
#include "libc.h"
#include "sensors.h"

/* Header (DSP0240, section 9.1). */
#define HEADER_BYTES 3u
#define REQUEST 0x80
#define DATAGRAM 0x40
#define INSTANCE 0x1f
#define TYPE_MASK 0x3f

enum pldm_type { PLDM_BASE = 0x00, PLDM_PLATFORM = 0x02 };

enum pldm_completion {
    PLDM_SUCCESS = 0x00,
    PLDM_BAD_DATA = 0x02,
    PLDM_BAD_LENGTH = 0x03,
    PLDM_UNSUPPORTED = 0x05,
    PLDM_BAD_TYPE = 0x20,
    PLDM_SPECIFIC_80 = 0x80, /* GetPLDMVersion: bad handle; GetSensorReading: no such sensor */
    PLDM_SPECIFIC_83 = 0x83, /* GetPLDMVersion, GetPLDMCommands: no such type */
};

#define TID_DEFAULT 0x01 /* our choice, until SetTID */
#define WHOLE_TRANSFER 0x05 /* transfer flag: start and end */
#define GET_FIRST_PART 0x01

static uint8_t terminus = TID_DEFAULT;

typedef enum pldm_completion pldm_handler(const uint8_t *data, uint8_t *answer,
                                          uint32_t *answer_bytes);

struct pldm_row {
    uint8_t type;
    uint8_t command;
    uint8_t size_bytes; /* of the request's data */
    pldm_handler *run;
};

static pldm_handler set_tid, get_tid, get_version, get_types, get_commands, get_sensor_reading;

#define ROW_COUNT 6u
static const struct pldm_row pldm_rows[ROW_COUNT] = {
    {PLDM_BASE, 0x01, 1, set_tid},      {PLDM_BASE, 0x02, 0, get_tid},
    {PLDM_BASE, 0x03, 6, get_version},  {PLDM_BASE, 0x04, 0, get_types},
    {PLDM_BASE, 0x05, 5, get_commands}, {PLDM_PLATFORM, 0x11, 3, get_sensor_reading},
};

/** Versions, least significant byte (alpha) first: 1.1.0 and 1.2.0. */
static const struct {
    uint8_t type;
    uint8_t version[4];
} versions[] = {
    {PLDM_BASE, {0x00, 0xf0, 0xf1, 0xf1}},
    {PLDM_PLATFORM, {0x00, 0xf0, 0xf2, 0xf1}},
};
#define VERSION_COUNT (sizeof versions / sizeof versions[0])

static enum pldm_completion set_tid(const uint8_t *data, uint8_t *answer, uint32_t *answer_bytes)
{
    (void)answer;
    (void)answer_bytes;
    if (data[0] == 0x00 || data[0] == 0xff)
        return PLDM_BAD_DATA;
    terminus = data[0];
    return PLDM_SUCCESS;
}

static enum pldm_completion get_tid(const uint8_t *data, uint8_t *answer, uint32_t *answer_bytes)
{
    (void)data;
    answer[0] = terminus;
    *answer_bytes = 1;
    return PLDM_SUCCESS;
}

/** [handle 4, operation, type] -> [next handle 4, flag, version 4, CRC-32 of the version]. */
static enum pldm_completion get_version(const uint8_t *data, uint8_t *answer,
                                        uint32_t *answer_bytes)
{
    if (data[4] != GET_FIRST_PART)
        return PLDM_SPECIFIC_80;
    for (uint32_t i = 0; i < VERSION_COUNT; i++) {
        if (versions[i].type != data[5])
            continue;
        put_le32(answer, 0);
        answer[4] = WHOLE_TRANSFER;
        memcpy(answer + 5, versions[i].version, 4);
        put_le32(answer + 9, crc32(versions[i].version, 4));
        *answer_bytes = 13;
        return PLDM_SUCCESS;
    }
    return PLDM_SPECIFIC_83;
}

static void set_bit(uint8_t *bits, uint32_t number)
{
    bits[number / 8] |= (uint8_t)(1u << number % 8);
}

static enum pldm_completion get_types(const uint8_t *data, uint8_t *answer,
                                      uint32_t *answer_bytes)
{
    (void)data;
    memset(answer, 0, 8);
    for (uint32_t i = 0; i < VERSION_COUNT; i++)
        set_bit(answer, versions[i].type);
    *answer_bytes = 8;
    return PLDM_SUCCESS;
}

/** [type, version 4] -> a bit for each command. */
static enum pldm_completion get_commands(const uint8_t *data, uint8_t *answer,
                                         uint32_t *answer_bytes)
{
    bool is_known = false;
    memset(answer, 0, 32);
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        if (pldm_rows[i].type != data[0])
            continue;
        is_known = true;
        set_bit(answer, pldm_rows[i].command);
    }
    *answer_bytes = 32;
    return is_known ? PLDM_SUCCESS : PLDM_SPECIFIC_83;
}

/** States of GetSensorReading (DSP0248, table 30), by the worst threshold that is passed. */
static uint8_t present_state(const struct sensor *sensor)
{
    static const struct {
        uint8_t threshold;
        uint8_t state;
    } order[] = {{LNR, 7}, {UNR, 10}, {LCR, 6}, {UCR, 9}, {LNC, 5}, {UNC, 8}};
    if (!sensor->is_available)
        return 0; /* unknown */
    for (uint32_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (sensor->states & 1u << order[i].threshold)
            return order[i].state;
    }
    return 1; /* normal */
}

static int32_t value_milli(const struct sensor_row *row, uint8_t raw)
{
    int32_t value = sensor_signed(row, raw) * row->factor;
    for (int32_t e = row->exponent + 3; e > 0; e--)
        value *= 10;
    return value;
}

/** [sensor 2, rearm] -> [size, operation, events, present, previous, event state, reading 4]. */
static enum pldm_completion get_sensor_reading(const uint8_t *data, uint8_t *answer,
                                               uint32_t *answer_bytes)
{
    const uint32_t id = get_le16(data);
    if (id == 0 || id >= SENSOR_END || sensor_rows[id].reading_type != READING_THRESHOLD)
        return PLDM_SPECIFIC_80;
    const struct sensor *sensor = sensor_of((enum sensor_id)id);
    if (data[2] & 1)
        sensor_rearm((enum sensor_id)id);
    answer[0] = 5; /* a signed number of 32 bits */
    answer[1] = !sensor->scans ? 1 : sensor->is_available ? 0 : 2; /* disabled, enabled, none */
    answer[2] = 0; /* makes no PLDM events: they are in IPMI's log */
    answer[3] = present_state(sensor);
    answer[4] = 0;
    answer[5] = answer[3];
    put_le32(answer + 6, sensor->is_available
                             ? (uint32_t)value_milli(&sensor_rows[id], sensor->raw)
                             : 0);
    *answer_bytes = 10;
    return PLDM_SUCCESS;
}

static enum pldm_completion run(const uint8_t *body, uint32_t size_bytes, uint8_t *answer,
                                uint32_t *answer_bytes)
{
    bool is_type = false;
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        if (pldm_rows[i].type != (body[1] & TYPE_MASK))
            continue;
        is_type = true;
        if (pldm_rows[i].command != body[2])
            continue;
        return size_bytes - HEADER_BYTES == pldm_rows[i].size_bytes
                   ? pldm_rows[i].run(body + HEADER_BYTES, answer, answer_bytes)
                   : PLDM_BAD_LENGTH;
    }
    return is_type ? PLDM_UNSUPPORTED : PLDM_BAD_TYPE;
}

uint32_t pldm_answer(const uint8_t *body, uint32_t size_bytes, uint8_t *answer)
{
    uint32_t data_bytes = 0;
    if (size_bytes < HEADER_BYTES || (body[0] & REQUEST) == 0 || (body[0] & DATAGRAM) != 0)
        return 0;
    answer[0] = body[0] & INSTANCE;
    answer[1] = body[1];
    answer[2] = body[2];
    answer[3] = (uint8_t)run(body, size_bytes, answer + 4, &data_bytes);
    return HEADER_BYTES + 1 + (answer[3] == PLDM_SUCCESS ? data_bytes : 0);
}
