/*
 * Messages of the backup communication (backup_message.h).
 */
#include "backup_message.h"

#define DATA_TAG 0x80u
#define DATA_BYTES 3u
#define MORE_BIT 0x08u
#define LENGTH_MASK 0x07u

static uint32_t data_dwords(uint32_t size_bytes)
{
    return (size_bytes + DATA_BYTES - 1) / DATA_BYTES;
}

uint32_t backup_pack(const struct backup_message *message, uint32_t dwords[BACKUP_DWORDS_MAX])
{
    const uint32_t count = data_dwords(message->size_bytes);
    const uint32_t last = (uint32_t)message->sequence << 4 | (message->more ? MORE_BIT : 0) |
                          message->size_bytes;
    dwords[0] = message->type | (uint32_t)message->function << 8 |
                (uint32_t)message->response << 16 | last << 24;
    for (uint32_t i = 0; i < count; i++) {
        dwords[1 + i] = DATA_TAG | i;
        for (uint32_t b = 0; b < DATA_BYTES && i * DATA_BYTES + b < message->size_bytes; b++)
            dwords[1 + i] |= (uint32_t)message->data[i * DATA_BYTES + b] << (8 + 8 * b);
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
    assembly->missing = data_dwords(assembly->message.size_bytes);
    return assembly->missing == 0;
}

bool backup_take(struct backup_assembly *assembly, uint32_t dword)
{
    const uint8_t first = (uint8_t)dword;
    struct backup_message *message = &assembly->message;
    if (first >= BACKUP_REQUEST_TO_BMC && first <= BACKUP_RESPONSE_TO_BMC)
        return take_header(assembly, dword);
    if (assembly->missing == 0 || first != (DATA_TAG | assembly->next)) {
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
