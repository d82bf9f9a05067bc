/*
 * Inventory and sensor data records (IPMI 2.0, sections 33, 34).
 */
#include "bytes.h"
#include "commands.h"
#include "fru.h"
#include "libc.h"
#include "sdr.h"
#include "sel.h"

#define VERSION 0x51

enum completion get_fru_info(const struct request *request, struct response *response)
{
    if (request->data[0] != 0)
        return CC_NOT_PRESENT;
    put_le16(response->data, FRU_BYTES);
    response->data[2] = 0; /* accessed by bytes */
    response->size_bytes = 3;
    return CC_OK;
}

enum completion read_fru(const struct request *request, struct response *response)
{
    const uint32_t offset = get_le16(request->data + 1);
    uint32_t count = request->data[3];
    if (request->data[0] != 0)
        return CC_NOT_PRESENT;
    if (offset >= FRU_BYTES)
        return CC_RANGE;
    if (count > FRU_BYTES - offset)
        count = FRU_BYTES - offset;
    if (count + 1 > request->reply_max_bytes)
        return CC_TOO_MANY_BYTES;
    response->data[0] = (uint8_t)count;
    memcpy(response->data + 1, fru_bytes() + offset, count);
    response->size_bytes = (uint8_t)(count + 1);
    return CC_OK;
}

enum completion write_fru(const struct request *request, struct response *response)
{
    const uint32_t offset = get_le16(request->data + 1);
    const uint32_t count = request->size_bytes - 3u;
    if (request->data[0] != 0)
        return CC_NOT_PRESENT;
    if (offset > FRU_BYTES || count > FRU_BYTES - offset)
        return CC_RANGE;
    if (!fru_write(offset, request->data + 3, count))
        return CC_UNSPECIFIED;
    response->data[0] = (uint8_t)count;
    response->size_bytes = 1;
    return CC_OK;
}

static uint16_t sdr_reservation;

enum completion get_sdr_info(const struct request *request, struct response *response)
{
    (void)request;
    response->data[0] = VERSION;
    put_le16(response->data + 1, SDR_COUNT);
    put_le16(response->data + 3, 0); /* nothing free: the records are the firmware's */
    put_le32(response->data + 5, 0);
    put_le32(response->data + 9, 0);
    response->data[13] = 0x03; /* reservation, allocation information; no update */
    response->size_bytes = 14;
    return CC_OK;
}

enum completion get_sdr_allocation(const struct request *request, struct response *response)
{
    (void)request;
    put_le16(response->data, SDR_COUNT);
    put_le16(response->data + 2, SDR_BYTES_MAX);
    put_le16(response->data + 4, 0);
    put_le16(response->data + 6, 0);
    response->data[8] = 1;
    response->size_bytes = 9;
    return CC_OK;
}

enum completion reserve_sdr(const struct request *request, struct response *response)
{
    (void)request;
    sdr_reservation = (uint16_t)(sdr_reservation % 0xffff + 1); /* never 0 */
    put_le16(response->data, sdr_reservation);
    response->size_bytes = 2;
    return CC_OK;
}

/**
 * [reservation, record, offset, count]: record 0 is the first, ffff the last, count ff the rest. A
 * reservation is needed only to read from the middle. CA: more than the interface carries.
 */
enum completion get_sdr(const struct request *request, struct response *response)
{
    uint8_t record[SDR_BYTES_MAX];
    uint16_t id = get_le16(request->data + 2);
    const uint32_t offset = request->data[4];
    uint32_t count = request->data[5];
    id = id == 0 ? 1 : id == 0xffff ? SDR_COUNT : id;
    if (offset != 0 && get_le16(request->data) != sdr_reservation)
        return CC_BAD_RESERVATION;
    const uint32_t size = sdr_build(id, record);
    if (size == 0)
        return CC_NOT_PRESENT;
    if (offset >= size)
        return CC_RANGE;
    if (count > size - offset)
        count = size - offset;
    if (count + 2 > request->reply_max_bytes)
        return CC_TOO_MANY_BYTES;
    put_le16(response->data, id == SDR_COUNT ? 0xffffu : id + 1u);
    memcpy(response->data + 2, record + offset, count);
    response->size_bytes = (uint8_t)(count + 2);
    return CC_OK;
}

enum completion get_sdr_time(const struct request *request, struct response *response)
{
    (void)request;
    put_le32(response->data, sel_time());
    response->size_bytes = 4;
    return CC_OK;
}
