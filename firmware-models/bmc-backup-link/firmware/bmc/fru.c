/*
 * The inventory (fru.h).
 */
#include "fru.h"

#include "bytes.h"
#include "libc.h"
#include "store.h"

#define FRU_BASE 0x0800u
#define FIELDS_MAX 8

/** Areas of the factory's inventory; numbers and fields in the order of the definition. */
static const struct {
    uint8_t head[3];
    uint8_t head_bytes;
    const char *fields[FIELDS_MAX]; /* unused ones at the end are null */
} areas[] = {
    /* Chassis: type 17h is a rack mount chassis; part number, serial number. */
    {{0x17}, 1, {"HS-CH-1", "HSC0000001"}},
    /* Board: English; date in three bytes, filled in below; maker, product, serial, part, file. */
    {{25, 0, 0}, 1, {"hotspare", "BMC backup link board", "HSB0000001", "HS-BL-1", "fru.c"}},
    /* Product: maker, name, part and model, version, serial, asset tag, file. */
    {{25}, 1, {"hotspare", "bmc-backup-link", "HS-BL", "1.0", "HSP0000001", "", "fru.c"}},
};
#define AREA_COUNT (sizeof areas / sizeof areas[0])
#define AREA_BOARD 1
/** Minutes since 1996-01-01 00:00: 2026-01-01, our choice. */
#define BOARD_DATE_MINUTES 15779520u

static uint8_t bytes[FRU_BYTES];
static struct store store;
static bool healthy;

static uint8_t *put_field(uint8_t *to, const char *text)
{
    const uint32_t length = (uint32_t)strlen(text);
    *to++ = (uint8_t)(0xc0 | length); /* 8-bit ASCII */
    memcpy(to, text, length);
    return to + length;
}

/** Puts area `number` at `to`; returns its end, a multiple of 8 behind its start. */
static uint8_t *put_area(uint8_t *to, uint32_t number)
{
    uint8_t *start = to;
    *to++ = 1; /* format version */
    to++;      /* length in units of 8 bytes */
    for (uint32_t i = 0; i < areas[number].head_bytes; i++)
        *to++ = areas[number].head[i];
    if (number == AREA_BOARD) {
        for (uint32_t shift = 0; shift < 24; shift += 8)
            *to++ = (uint8_t)(BOARD_DATE_MINUTES >> shift);
    }
    for (uint32_t i = 0; i < FIELDS_MAX && areas[number].fields[i] != 0; i++)
        to = put_field(to, areas[number].fields[i]);
    *to++ = 0xc1; /* end of fields */
    const uint32_t size = ((uint32_t)(to - start) + 1 + 7) / 8 * 8;
    start[1] = (uint8_t)(size / 8);
    start[size - 1] = checksum8(start, size - 1);
    return start + size;
}

/** Common header: version, offsets of internal use, chassis, board, product, multirecord. */
static void set_factory(void)
{
    uint8_t *at = bytes + 8;
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 1;
    for (uint32_t i = 0; i < AREA_COUNT; i++) {
        bytes[2 + i] = (uint8_t)((uint32_t)(at - bytes) / 8);
        at = put_area(at, i);
    }
    bytes[7] = checksum8(bytes, 7);
}

void fru_start(void)
{
    store = (struct store){.base = FRU_BASE, .size_bytes = FRU_BYTES};
    healthy = true;
    if (!store_load(&store, bytes))
        set_factory();
}

const uint8_t *fru_bytes(void)
{
    return bytes;
}

bool fru_write(uint32_t offset, const uint8_t *from, uint32_t size_bytes)
{
    uint8_t before[FRU_BYTES];
    if (memcmp(bytes + offset, from, size_bytes) == 0)
        return true;
    memcpy(before, bytes, sizeof bytes);
    memcpy(bytes + offset, from, size_bytes);
    healthy = store_save(&store, bytes);
    if (!healthy)
        memcpy(bytes, before, sizeof bytes);
    return healthy;
}

bool fru_is_healthy(void)
{
    return healthy;
}
