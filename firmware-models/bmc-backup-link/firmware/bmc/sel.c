/*
 * The system event log (sel.h).
 *
 * Sector n of the log (n counts for ever) lies in sector n mod SECTORS of its part of the store.
 * Slot 0 of a sector is its header, slots 1..31 hold positions 31 n .. 31 n + 30 of the log:
 *
 *   0 kind | 1 ones | 2..3 deleted | 4..7 position | 8..23 record | 24..27 ones | 28..31 CRC
 *
 * The CRC covers kind, position and record; `deleted` goes from ones to zeros by itself. Records
 * behind the last mark of a clear are the log.
 */
#include "sel.h"

#include "bytes.h"
#include "config.h"
#include "clock.h"
#include "crc.h"
#include "libc.h"
#include "nvm.h"

#define SEL_BASE 0x2000u
#define SECTORS 56u
#define SLOT_BYTES 32u
#define ENTRIES 31u /* of a sector: its slots less the header */
#define ID_COUNT 0xfffeu
#define QUEUE_EVENTS 32u

enum slot_kind { SLOT_HEADER = 0xa1, SLOT_ENTRY = 0xa2, SLOT_CLEAR = 0xa4, SLOT_ERASED = 0xff };

struct slot {
    uint8_t kind;
    uint8_t ones;
    uint16_t deleted;
    uint32_t position;
    uint8_t record[SEL_RECORD_BYTES];
    uint32_t more_ones;
    uint32_t crc;
};
_Static_assert(sizeof(struct slot) == SLOT_BYTES, "a slot is 32 bytes");

static struct {
    uint32_t first;        /* position of the oldest record */
    uint32_t next;         /* position of the next one */
    uint32_t count;        /* records in between that are whole and not deleted */
    uint32_t opened;       /* sectors up to here, exclusive, have their header */
    uint32_t erased_ahead; /* this sector is known to be erased; UINT32_MAX: none is */
    uint32_t added_s;
    uint32_t erased_s;
    bool overflowed;
    bool broken;
} sel;

static struct {
    struct event events[QUEUE_EVENTS];
    uint32_t times_s[QUEUE_EVENTS];
    uint32_t written;
    uint32_t taken;
} queue;

static uint32_t sector_address(uint32_t sector)
{
    return SEL_BASE + sector % SECTORS * NVM_SECTOR_BYTES;
}

static uint32_t slot_address(uint32_t position)
{
    return sector_address(position / ENTRIES) + (position % ENTRIES + 1) * SLOT_BYTES;
}

static uint32_t slot_crc(const struct slot *slot)
{
    uint8_t bytes[1 + 4 + SEL_RECORD_BYTES];
    bytes[0] = slot->kind;
    put_le32(bytes + 1, slot->position);
    memcpy(bytes + 5, slot->record, SEL_RECORD_BYTES);
    return crc32(bytes, sizeof bytes);
}

/** Reads the slot at `address`; its kind, or 0 if it is torn or another position's. */
static uint8_t read_slot(uint32_t address, uint32_t position, struct slot *slot)
{
    nvm_read(address, slot, sizeof *slot);
    const uint8_t *bytes = (const uint8_t *)slot;
    uint8_t all = 0xff;
    for (uint32_t i = 0; i < sizeof *slot; i++)
        all &= bytes[i];
    if (all == 0xff)
        return SLOT_ERASED;
    return slot->position == position && slot->crc == slot_crc(slot) ? slot->kind : 0;
}

static bool write_slot(uint32_t address, enum slot_kind kind, uint32_t position,
                       const uint8_t *record)
{
    struct slot slot;
    memset(&slot, 0xff, sizeof slot);
    slot.kind = (uint8_t)kind;
    slot.position = position;
    if (record != 0)
        memcpy(slot.record, record, SEL_RECORD_BYTES);
    slot.crc = slot_crc(&slot);
    return nvm_program(address, &slot, sizeof slot);
}

static bool is_header(uint32_t sector)
{
    struct slot slot;
    return read_slot(sector_address(sector), sector, &slot) == SLOT_HEADER;
}

/** Whether the position holds a record of the log. */
static bool is_live(uint32_t position, struct slot *slot)
{
    return read_slot(slot_address(position), position, slot) == SLOT_ENTRY &&
           slot->deleted == 0xffff;
}

/** The newest sector by its header, or UINT32_MAX. */
static uint32_t newest_sector(void)
{
    struct slot slot;
    uint32_t newest = UINT32_MAX;
    for (uint32_t i = 0; i < SECTORS; i++) {
        nvm_read(sector_address(i), &slot, sizeof slot);
        if (slot.position % SECTORS != i || !is_header(slot.position))
            continue;
        if (newest == UINT32_MAX || slot.position > newest)
            newest = slot.position;
    }
    return newest;
}

/** Finds the end of the log, then its beginning: the last mark, or the oldest sector. */
static void scan(uint32_t newest)
{
    struct slot slot;
    uint32_t oldest = newest;
    while (oldest > 0 && newest - oldest < SECTORS - 1 && is_header(oldest - 1))
        oldest--;
    sel.opened = newest + 1;
    sel.next = newest * ENTRIES;
    for (uint32_t i = ENTRIES; i > 0 && sel.next == newest * ENTRIES; i--) {
        const uint32_t position = newest * ENTRIES + i - 1;
        if (read_slot(slot_address(position), position, &slot) != SLOT_ERASED)
            sel.next = position + 1;
    }
    sel.first = oldest * ENTRIES;
    for (uint32_t position = sel.next; position > oldest * ENTRIES; position--) {
        const uint8_t kind = read_slot(slot_address(position - 1), position - 1, &slot);
        if (kind == SLOT_CLEAR) {
            sel.first = position;
            sel.erased_s = get_le32(slot.record);
            break;
        }
        if (kind != SLOT_ENTRY || slot.deleted != 0xffff)
            continue;
        if (sel.count++ == 0)
            sel.added_s = get_le32(slot.record + 3);
    }
}

void sel_start(void)
{
    memset(&sel, 0, sizeof sel);
    sel.erased_ahead = UINT32_MAX;
    const uint32_t newest = newest_sector();
    if (newest != UINT32_MAX)
        scan(newest);
}

/** Sectors from the oldest record's to that of the next one, both counted in. */
static uint32_t sectors_in_use(void)
{
    return sel.next / ENTRIES - sel.first / ENTRIES + 1;
}

/** Prepares the sector of the next position. `spare` sectors must stay free behind it. */
static bool open_sector(uint32_t spare)
{
    const uint32_t sector = sel.next / ENTRIES;
    if (sector < sel.opened)
        return true;
    if (sectors_in_use() + spare > SECTORS)
        return false;
    if (sel.erased_ahead != sector && !nvm_erase(sector_address(sector))) {
        sel.broken = true;
        return false;
    }
    sel.erased_ahead = UINT32_MAX;
    if (!write_slot(sector_address(sector), SLOT_HEADER, sector, 0)) {
        sel.broken = true;
        return false;
    }
    sel.opened = sector + 1;
    return true;
}

/** Appends a slot. A position whose slot cannot be written is left behind. */
static bool append(enum slot_kind kind, const uint8_t *record, uint32_t spare)
{
    if (!open_sector(spare))
        return false;
    const uint32_t position = sel.next++;
    sel.broken = !write_slot(slot_address(position), kind, position, record);
    return !sel.broken;
}

static uint16_t id_of(uint32_t position)
{
    return (uint16_t)(position % ID_COUNT + 1);
}

bool sel_add(const uint8_t record[SEL_RECORD_BYTES], uint16_t *id)
{
    uint8_t whole[SEL_RECORD_BYTES];
    memcpy(whole, record, sizeof whole);
    *id = id_of(sel.next);
    put_le16(whole, *id);
    /* One sector stays free: a full log can still be cleared. */
    if (!append(SLOT_ENTRY, whole, 1))
        return false;
    sel.count++;
    sel.added_s = sel_time();
    return true;
}

/** Adds the oldest event of the queue; false if it must stay. */
static bool add_queued(void)
{
    const struct event *event = &queue.events[queue.taken % QUEUE_EVENTS];
    uint8_t record[SEL_RECORD_BYTES] = {0, 0, 0x02}; /* system event record */
    uint16_t id;
    put_le32(record + 3, queue.times_s[queue.taken % QUEUE_EVENTS]);
    put_le16(record + 7, event->generator);
    record[9] = 0x04; /* event message format of IPMI 1.5 and 2.0 */
    record[10] = event->sensor_type;
    record[11] = event->sensor_number;
    record[12] = event->direction_and_type;
    memcpy(record + 13, event->data, 3);
    if (sel_add(record, &id)) {
        queue.taken++;
        return true;
    }
    if (sel.broken)
        return false;
    queue.taken++; /* the log is full: that is how it is with logs */
    sel.overflowed = true;
    return true;
}

static void drain(void)
{
    while (queue.taken != queue.written && add_queued()) {
    }
}

void sel_log(const struct event *event)
{
    if (queue.written - queue.taken == QUEUE_EVENTS) {
        sel.overflowed = true;
        return;
    }
    queue.times_s[queue.written % QUEUE_EVENTS] = sel_time();
    queue.events[queue.written % QUEUE_EVENTS] = *event;
    queue.written++;
    drain();
}

void sel_work(void)
{
    drain();
    const uint32_t ahead = (sel.next + ENTRIES - 1) / ENTRIES;
    if (ahead < sel.opened || sel.erased_ahead == ahead || sectors_in_use() + 1 > SECTORS)
        return;
    if (nvm_erase_start(sector_address(ahead)))
        sel.erased_ahead = ahead;
}

static bool find(uint16_t id, uint32_t *position, struct slot *slot)
{
    uint32_t at = sel.first;
    if (id == SEL_LAST) {
        for (at = sel.next; at > sel.first; at--) {
            *position = at - 1;
            if (is_live(*position, slot))
                return true;
        }
        return false;
    }
    if (id != SEL_FIRST) {
        *position = sel.first + (uint32_t)(id - 1 + ID_COUNT - sel.first % ID_COUNT) % ID_COUNT;
        return *position < sel.next && is_live(*position, slot);
    }
    for (; at < sel.next; at++) {
        *position = at;
        if (is_live(at, slot))
            return true;
    }
    return false;
}

bool sel_get(uint16_t id, uint8_t record[SEL_RECORD_BYTES], uint16_t *next)
{
    struct slot slot;
    uint32_t position;
    if (!find(id, &position, &slot))
        return false;
    memcpy(record, slot.record, SEL_RECORD_BYTES);
    *next = 0xffff;
    for (position++; position < sel.next; position++) {
        if (!is_live(position, &slot))
            continue;
        *next = id_of(position);
        break;
    }
    return true;
}

bool sel_delete(uint16_t id, uint16_t *deleted)
{
    static const uint8_t zeros[2];
    struct slot slot;
    uint32_t position;
    if (!find(id, &position, &slot) || !nvm_program(slot_address(position) + 2, zeros, 2))
        return false;
    sel.count--;
    sel.erased_s = sel_time();
    *deleted = id_of(position);
    return true;
}

bool sel_clear(void)
{
    uint8_t record[SEL_RECORD_BYTES];
    memset(record, 0xff, sizeof record);
    put_le32(record, sel_time());
    if (!append(SLOT_CLEAR, record, 0))
        return false;
    sel.first = sel.next;
    sel.count = 0;
    sel.overflowed = false;
    sel.erased_s = sel_time();
    return true;
}

uint32_t sel_count(void)
{
    return sel.count;
}

uint32_t sel_free_records(void)
{
    return (SECTORS - 1) * ENTRIES - (sel.next - sel.first / ENTRIES * ENTRIES);
}

bool sel_overflowed(void)
{
    return sel.overflowed;
}

bool sel_is_healthy(void)
{
    return !sel.broken;
}

uint32_t sel_added_s(void)
{
    return sel.added_s;
}

uint32_t sel_erased_s(void)
{
    return sel.erased_s;
}

uint32_t sel_time(void)
{
    return config.sel_epoch_s + clock_s();
}
