/*
 * A cooperative scheduler: tasks that run to their end, one after the other, when an interrupt has
 * woken them or their time has come. With nothing to run the hart sleeps until the next one is due.
 */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

struct task {
    const char *name;
    void (*run)(void);
    uint32_t period_ms;  /* 0: runs only when woken, or once after task_after() */
    volatile bool woken; /* set by interrupts */
    uint64_t due;        /* next time to run, in ticks of mtime; ALARM_NEVER: none */
    uint32_t runs;
};

/** Runs the task as soon as may be; interrupts may call it. */
static inline void task_wake(struct task *task)
{
    task->woken = true;
}

/** Runs the task after a time, instead of the time it had. */
void task_after(struct task *task, uint32_t ms);

/** Runs the task after a time, if that is sooner than the time it has. */
void task_sooner(struct task *task, uint32_t ms);

/** Runs the tasks for ever, in the order of the table when several can run. */
_Noreturn void scheduler_run(struct task *const *tasks, uint32_t count);

#endif
