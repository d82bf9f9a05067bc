/*
 * Messages of the backup communication (backup_message.h).
 */
#include "backup_message.h"

#include "bytes.h"
#include "crc.h"

#define DATA_TAG 0x80u
#define CHECK_SHIFT 2u
#define CHECK_MASK 0x1fu
#define DATA_BYTES 3u
#define MORE_BIT 0x08u
#define LENGTH_MASK 0x07u

static uint32_t data_dwords(uint32_t size_bytes)
{
    return (size_bytes + DATA_BYTES - 1) / DATA_BYTES;
}

/** The first byte of a data dword: tag, check, index. `dword` has the data in bits 31..8. */
static uint32_t tag_of(uint32_t header, uint32_t index, uint32_t dword)
{
    uint8_t bytes[8];
    put_le32(bytes, header);
    put_le32(bytes + 4, (dword & 0xffffff00u) | index);
    return DATA_TAG | (crc16(bytes, sizeof bytes) & CHECK_MASK) << CHECK_SHIFT | index;
}

uint32_t backup_pack(const struct backup_message *message, uint32_t dwords[BACKUP_DWORDS_MAX])
{
    const uint32_t count = data_dwords(message->size_bytes);
    const uint32_t last = (uint32_t)message->sequence << 4 | (message->more ? MORE_BIT : 0) |
                          message->size_bytes;
    dwords[0] = message->type | (uint32_t)message->function << 8 |
                (uint32_t)message->response << 16 | last << 24;
    for (uint32_t i = 0; i < count; i++) {
        dwords[1 + i] = 0;
        for (uint32_t b = 0; b < DATA_BYTES && i * DATA_BYTES + b < message->size_bytes; b++)
            dwords[1 + i] |= (uint32_t)message->data[i * DATA_BYTES + b] << (8 + 8 * b);
        dwords[1 + i] |= tag_of(dwords[0], i, dwords[1 + i]);
    }
    return 1 + count;
}

static bool take_header(struct backup_assembly *assembly, uint32_t dword)
{
    const uint8_t last = (uint8_t)(dword >> 24);
    assembly->bad += assembly->missing != 0; /* the message before stays incomplete */
    assembly->message = (struct backup_message){
        .type = (uint8_t)dword,
        .function = (uint8_t)(dword >> 8),
        .response = (uint8_t)(dword >> 16),
        .sequence = last >> 4,
        .more = (last & MORE_BIT) != 0,
        .size_bytes = last & LENGTH_MASK,
    };
    assembly->next = 0;
    assembly->header = dword;
    assembly->missing = (uint16_t)data_dwords(assembly->message.size_bytes);
    return assembly->missing == 0;
}

bool backup_take(struct backup_assembly *assembly, uint32_t dword)
{
    const uint8_t first = (uint8_t)dword;
    struct backup_message *message = &assembly->message;
    if (first >= BACKUP_REQUEST_TO_BMC && first <= BACKUP_RESPONSE_TO_BMC)
        return take_header(assembly, dword);
    if (assembly->missing == 0 || first != tag_of(assembly->header, assembly->next, dword)) {
        assembly->bad++;
        return false;
    }
    for (uint32_t b = 0; b < DATA_BYTES; b++) {
        const uint32_t at = assembly->next * DATA_BYTES + b;
        if (at < message->size_bytes)
            message->data[at] = (uint8_t)(dword >> (8 + 8 * b));
    }
    assembly->next++;
    assembly->missing--;
    return assembly->missing == 0;
}
