/*
 * The doorbell (doorbell.h), and the fifth check: the nodes ring at each other in turn, RINGS
 * times, each asleep until the other rings.
 */
#include "doorbell.h"

#include "node.h"
#include "pool.h"
#include "timer.h"

#define RINGS 100u
#define WIRE 1u

/** Rings already heard when the check began, and how many it waits for on top of them. */
static uint32_t awaited_rings;

void doorbell_start(void)
{
    *reg32(GPIO_BASE, GPIO_RISE) = WIRE;
    *reg32(GPIO_BASE, GPIO_FALL) = WIRE;
    *reg32(GPIO_BASE, GPIO_EVENTS) = WIRE;
}

void doorbell_ring(void)
{
    *reg32(GPIO_BASE, GPIO_OUT) ^= WIRE;
}

void doorbell_interrupt(void)
{
    *reg32(GPIO_BASE, GPIO_EVENTS) = WIRE;
    node.rings++;
}

static bool not_yet_rung(void)
{
    return node.rings < awaited_rings;
}

bool check_doorbell(void)
{
    const uint64_t deadline = patience_start();
    for (uint32_t ring = 1; ring <= RINGS; ring++) {
        if (NODE_ID == 0)
            doorbell_ring();
        awaited_rings = ring;
        while (not_yet_rung() && !timer_reached(deadline))
            sleep_while(not_yet_rung);
        if (NODE_ID == 1)
            doorbell_ring();
    }
    const bool good = node.rings == RINGS;
    say("doorbell %lu rings %s", node.rings, good ? "ok" : "WRONG");
    return good && pool_meet(MARK_DOORBELL);
}
