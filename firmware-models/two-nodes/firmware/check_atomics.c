/*
 * First and second check: both nodes change the same words of the shared memory, ROUNDS times each,
 * as fast as they can. A lost update would show in the totals.
 */
#include "atomics.h"
#include "node.h"
#include "pool.h"

#define ROUNDS 1000u

/** The value that node `id` xors in in round `round`: spread over all bits (Knuth's multiplier). */
static uint32_t xor_value(uint32_t id, uint32_t round)
{
    return (2 * round + id + 1) * 2654435761u;
}

bool check_amo(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        amoadd(&POOL->amo_sum.word, 1);
        amoxor(&POOL->amo_xor.word, xor_value(NODE_ID, round));
        amomaxu(&POOL->amo_max.word, 2 * round + NODE_ID);
    }
    amoor(&POOL->amo_or.word, 1u << NODE_ID);
    if (!pool_meet(MARK_AMO))
        return false;

    uint32_t parity = 0;
    for (uint32_t round = 0; round < ROUNDS; round++)
        parity ^= xor_value(0, round) ^ xor_value(1, round);
    const uint32_t sum = POOL->amo_sum.word;
    const bool good = sum == 2 * ROUNDS && POOL->amo_xor.word == parity &&
                      POOL->amo_max.word == 2 * ROUNDS - 1 && POOL->amo_or.word == 3;
    say("amo total %lu %s", sum, good ? "ok" : "WRONG");
    return good;
}

bool check_lr_sc(void)
{
    uint32_t failures = 0;
    for (uint32_t round = 0; round < ROUNDS; round++)
        failures += lr_sc_add(&POOL->lr_sc_sum.word, 1);
    if (!pool_meet(MARK_LR_SC))
        return false;
    const uint32_t sum = POOL->lr_sc_sum.word;
    const bool good = sum == 2 * ROUNDS;
    say("lr/sc total %lu %s, %lu retries", sum, good ? "ok" : "WRONG", failures);
    return good;
}
