/*
 * Commands of the event log (IPMI 2.0, section 31).
 */
#include "bytes.h"
#include "clock.h"
#include "commands.h"
#include "config.h"
#include "libc.h"
#include "sel.h"

#define VERSION 0x51
/** Records of these types carry no time of their own (section 32). */
#define TYPE_WITHOUT_TIME 0xe0

static uint16_t reservation;

/** Free space in bytes, as far as the field goes. */
static uint32_t free_bytes(void)
{
    const uint32_t bytes = sel_free_records() * SEL_RECORD_BYTES;
    return bytes > 0xffff ? 0xffff : bytes;
}

enum completion get_sel_info(const struct request *request, struct response *response)
{
    (void)request;
    response->data[0] = VERSION;
    put_le16(response->data + 1, sel_count());
    put_le16(response->data + 3, free_bytes());
    put_le32(response->data + 5, sel_added_s());
    put_le32(response->data + 9, sel_erased_s());
    /* Overflow; delete, reserve, allocation information. */
    response->data[13] = (uint8_t)((sel_overflowed() ? 0x80 : 0) | 0x0b);
    response->size_bytes = 14;
    return CC_OK;
}

enum completion get_sel_allocation(const struct request *request, struct response *response)
{
    (void)request;
    put_le16(response->data, sel_free_records() + sel_count());
    put_le16(response->data + 2, SEL_RECORD_BYTES);
    put_le16(response->data + 4, sel_free_records());
    put_le16(response->data + 6, sel_free_records());
    response->data[8] = 1;
    response->size_bytes = 9;
    return CC_OK;
}

static void reserve(void)
{
    reservation = (uint16_t)(reservation % 0xffff + 1); /* never 0 */
}

enum completion reserve_sel(const struct request *request, struct response *response)
{
    (void)request;
    reserve();
    put_le16(response->data, reservation);
    response->size_bytes = 2;
    return CC_OK;
}

/** [reservation, record, offset, count]; a reservation is needed only to read from the middle. */
enum completion get_sel_entry(const struct request *request, struct response *response)
{
    uint8_t record[SEL_RECORD_BYTES];
    uint16_t next;
    const uint32_t offset = request->data[4];
    uint32_t count = request->data[5];
    if (offset != 0 && get_le16(request->data) != reservation)
        return CC_BAD_RESERVATION;
    if (!sel_get(get_le16(request->data + 2), record, &next))
        return CC_NOT_PRESENT;
    if (offset >= SEL_RECORD_BYTES)
        return CC_RANGE;
    if (count > SEL_RECORD_BYTES - offset)
        count = SEL_RECORD_BYTES - offset;
    put_le16(response->data, next);
    memcpy(response->data + 2, record + offset, count);
    response->size_bytes = (uint8_t)(count + 2);
    return CC_OK;
}

enum completion add_sel_entry(const struct request *request, struct response *response)
{
    uint8_t record[SEL_RECORD_BYTES];
    uint16_t id;
    memcpy(record, request->data, sizeof record);
    if (record[2] < TYPE_WITHOUT_TIME)
        put_le32(record + 3, sel_time());
    if (!sel_add(record, &id))
        return sel_is_healthy() ? CC_OUT_OF_SPACE : CC_UNSPECIFIED;
    put_le16(response->data, id);
    response->size_bytes = 2;
    return CC_OK;
}

enum completion delete_sel_entry(const struct request *request, struct response *response)
{
    uint16_t id;
    if (get_le16(request->data) != reservation)
        return CC_BAD_RESERVATION;
    if (!sel_delete(get_le16(request->data + 2), &id))
        return CC_NOT_PRESENT;
    reserve(); /* a deletion ends every reservation */
    put_le16(response->data, id);
    response->size_bytes = 2;
    return CC_OK;
}

/** [reservation, 'C', 'L', 'R', AA to clear or 00 to ask]: clearing is over at once. */
enum completion clear_sel(const struct request *request, struct response *response)
{
    const uint8_t action = request->data[5];
    if (get_le16(request->data) != reservation)
        return CC_BAD_RESERVATION;
    if (memcmp(request->data + 2, "CLR", 3) != 0 || (action != 0xaa && action != 0x00))
        return CC_BAD_FIELD;
    if (action == 0xaa && !sel_clear())
        return CC_UNSPECIFIED;
    response->data[0] = 1; /* erasure completed */
    response->size_bytes = 1;
    return CC_OK;
}

enum completion get_sel_time(const struct request *request, struct response *response)
{
    (void)request;
    put_le32(response->data, sel_time());
    response->size_bytes = 4;
    return CC_OK;
}

enum completion set_sel_time(const struct request *request, struct response *response)
{
    (void)response;
    config.sel_epoch_s = get_le32(request->data) - clock_s();
    return config_save() ? CC_OK : CC_UNSPECIFIED;
}
