/*
 * The drive of this block: sensors, control, PWM, guard and the mailboxes, joined in the control
 * interrupt, 20,000 times a second. The console only reads it and sets targets.
 *
 *   state   meaning                                  leaves by
 *   PAIR    both blocks run, each with its share     partner lost -> ALONE, own fault -> SAFE
 *   ALONE   this block runs, the other is silent     partner found -> PAIR, own fault -> SAFE
 *   SAFE    outputs off                              drive_clear()
 *
 * The share stays what it was when the partner is lost: the torque falls to this set's part and
 * stays there (specs/dual-block-mcu.md, 4).
 */
#ifndef DRIVE_H
#define DRIVE_H

#include <stdint.h>

#include "control.h"
#include "guard.h"
#include "mailbox.h"

enum drive_state { DRIVE_PAIR, DRIVE_ALONE, DRIVE_SAFE };

/** Marks in the trace (status unit, MARK); for faults the number of the fault is added. */
#define MARK_START 0x1000u
#define MARK_PARTNER_FOUND 0x1001u
#define MARK_PARTNER_LOST 0x1002u
#define MARK_CLEARED 0x1003u
#define MARK_CLOCK 0x1004u /* another clock drives the block now */
#define MARK_FAULT 0x1100u

struct drive {
    enum drive_state state;
    struct controller controller;
    struct guard guard;
    struct measurement measured;
    struct message message; /* as last sent */
    struct partner partner;
    int32_t target_mnm;
    uint32_t periods;          /* control periods since the start */
    uint32_t cycles_worst;     /* longest control interrupt */
};

extern struct drive drive;

/** Sets up PWM and converter and starts the control interrupt. */
void drive_start(void);

/** The control interrupt: a conversion is done. */
void drive_period(void);

/** Leaves a mark (MARK_*) in the trace. */
void drive_mark(uint32_t value);

/** A fault that came by interrupt: safe state at once. */
void drive_fault(enum fault fault);

/** Torque of this block's set, mNm, -TORQUE_MAX_MNM..TORQUE_MAX_MNM. */
void drive_set_target(int32_t torque_mnm);

/** Forgets faults and runs again, from no current. */
void drive_clear(void);

#endif
