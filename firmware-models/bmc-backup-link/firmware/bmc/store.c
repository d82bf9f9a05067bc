/*
 * Two copies of a block (store.h).
 */
#include "store.h"

#include <stddef.h>

#include "crc.h"
#include "libc.h"
#include "nvm.h"

#define STORE_MAGIC 0x53544f52u

struct header {
    uint32_t magic;
    uint32_t sequence;
    uint32_t size_bytes;
    uint32_t block_crc;
    uint32_t header_crc; /* over the words before it */
};

static uint32_t base_of(const struct store *store, uint32_t copy)
{
    return store->base + copy * NVM_SECTOR_BYTES;
}

/** CRC-32 of the block of a copy, read piece by piece. */
static uint32_t crc_of_copy(const struct store *store, uint32_t copy)
{
    uint8_t block[STORE_BYTES_MAX];
    nvm_read(base_of(store, copy) + NVM_PAGE_BYTES, block, store->size_bytes);
    return crc32(block, store->size_bytes);
}

/** The sequence number of a copy, 0 if it is not a good one. */
static uint32_t sequence_of(const struct store *store, uint32_t copy)
{
    struct header header;
    nvm_read(base_of(store, copy), &header, sizeof header);
    if (header.magic != STORE_MAGIC || header.size_bytes != store->size_bytes ||
        header.header_crc != crc32(&header, offsetof(struct header, header_crc)))
        return 0;
    return header.block_crc == crc_of_copy(store, copy) ? header.sequence : 0;
}

bool store_load(struct store *store, void *block)
{
    const uint32_t sequence0 = sequence_of(store, 0);
    const uint32_t sequence1 = sequence_of(store, 1);
    store->newest = sequence1 > sequence0;
    store->sequence = store->newest ? sequence1 : sequence0;
    if (store->sequence == 0)
        return false;
    nvm_read(base_of(store, store->newest) + NVM_PAGE_BYTES, block, store->size_bytes);
    return true;
}

bool store_save(struct store *store, const void *block)
{
    const uint32_t copy = store->sequence == 0 ? 0 : store->newest ^ 1;
    const uint32_t base = base_of(store, copy);
    const uint8_t *bytes = block;
    struct header header = {
        .magic = STORE_MAGIC,
        .sequence = store->sequence + 1,
        .size_bytes = store->size_bytes,
        .block_crc = crc32(block, store->size_bytes),
    };
    header.header_crc = crc32(&header, offsetof(struct header, header_crc));
    if (!nvm_erase(base))
        return false;
    for (uint32_t done = 0; done < store->size_bytes; done += NVM_PAGE_BYTES) {
        const uint32_t left = store->size_bytes - done;
        const uint32_t count = left < NVM_PAGE_BYTES ? left : NVM_PAGE_BYTES;
        if (!nvm_program(base + NVM_PAGE_BYTES + done, bytes + done, count))
            return false;
    }
    if (!nvm_program(base, &header, sizeof header))
        return false;
    store->newest = copy;
    store->sequence = header.sequence;
    return true;
}
