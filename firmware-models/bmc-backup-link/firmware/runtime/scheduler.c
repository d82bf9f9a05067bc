/*
 * The scheduler (scheduler.h).
 */
#include "scheduler.h"

#include "alarm.h"
#include "board.h"
#include "cpu.h"
#include "timer.h"

void task_after(struct task *task, uint32_t ms)
{
    task->due = timer_now() + (uint64_t)ms * MTIME_PER_MS;
}

void task_sooner(struct task *task, uint32_t ms)
{
    const uint64_t due = timer_now() + (uint64_t)ms * MTIME_PER_MS;
    task->due = due < task->due ? due : task->due;
}

/** Sets a task's next time; one that has fallen behind by more than a period does not catch up. */
static void set_next(struct task *task, uint64_t now)
{
    if (task->period_ms == 0) {
        task->due = ALARM_NEVER;
        return;
    }
    task->due += (uint64_t)task->period_ms * MTIME_PER_MS;
    if (task->due <= now)
        task->due = now + (uint64_t)task->period_ms * MTIME_PER_MS;
}

static bool run_if_ready(struct task *task)
{
    const uint64_t now = timer_now();
    const bool is_due = task->due <= now;
    if (!is_due && !task->woken)
        return false;
    task->woken = false;
    if (is_due)
        set_next(task, now);
    task->runs++;
    task->run();
    return true;
}

/** Sleeps until an interrupt, unless a task can run: one may have been woken just before. */
static void sleep_until_due(struct task *const *tasks, uint32_t count)
{
    uint64_t next = ALARM_NEVER;
    bool is_woken = false;
    for (uint32_t i = 0; i < count; i++)
        next = tasks[i]->due < next ? tasks[i]->due : next;
    alarm_set(next);
    const uint32_t state = interrupts_mask();
    for (uint32_t i = 0; i < count; i++)
        is_woken |= tasks[i]->woken;
    if (!is_woken && !timer_reached(next))
        sleep_masked();
    interrupts_restore(state);
}

_Noreturn void scheduler_run(struct task *const *tasks, uint32_t count)
{
    const uint64_t start = timer_now();
    for (uint32_t i = 0; i < count; i++)
        tasks[i]->due = tasks[i]->period_ms != 0 ? start : ALARM_NEVER;
    for (;;) {
        bool has_run = false;
        for (uint32_t i = 0; i < count; i++)
            has_run |= run_if_ready(tasks[i]);
        if (!has_run)
            sleep_until_due(tasks, count);
    }
}
