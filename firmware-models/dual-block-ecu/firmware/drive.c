/*
 * The drive of this block (drive.h).
 */
#include "drive.h"

#include <hotspare/adc.h>
#include <hotspare/pwm.h>
#include <hotspare/status.h>

#include "board.h"
#include "cpu.h"
#include "motor.h"

/** All channels but the two that are not connected. */
#define ADC_USED 0x3fu
#define PWM_RUN (PWM_CTRL_EN | PWM_CTRL_TRIGGER_TOP | 2u << PWM_CTRL_STALE_SHIFT)
/** Periods before the outputs go on: then the angle's step is known. */
#define START_PERIODS 2
#define TORQUE_ZERO 32768

struct drive drive;

static volatile uint32_t *mailbox_of(uint32_t block)
{
    return reg32(SHARED_BASE, block * MAILBOX_BYTES);
}

void drive_mark(uint32_t value)
{
    *reg32(STATUS_BASE, STATUS_MARK) = value;
}

static int32_t current(uintptr_t channel)
{
    return (int32_t)*reg32(ADC_BASE, channel) - CURRENT_ZERO;
}

static struct measurement measure(void)
{
    return (struct measurement){
        .current_u = current(ADC_CURRENT_U),
        .current_v = current(ADC_CURRENT_V),
        .current_w = current(ADC_CURRENT_W),
        .link_mv = (int32_t)*reg32(ADC_BASE, ADC_LINK) * LINK_MV_PER_STEP,
        .angle = (uint16_t)*reg32(ADC_BASE, ADC_ANGLE),
        .torque_mnm = (int32_t)*reg32(ADC_BASE, ADC_TORQUE) - TORQUE_ZERO,
    };
}

static void apply(struct compares compares)
{
    *reg32(PWM_BASE, PWM_COMPARE_U) = compares.u;
    *reg32(PWM_BASE, PWM_COMPARE_V) = compares.v;
    *reg32(PWM_BASE, PWM_COMPARE_W) = compares.w;
}

static void enter_safe(uint32_t fresh)
{
    *reg32(PWM_BASE, PWM_SAFE) = 1;
    drive.state = DRIVE_SAFE;
    for (uint32_t i = 0; i < FAULT_COUNT; i++)
        if (fresh & (1u << i))
            drive_mark(MARK_FAULT + i);
}

static void start_outputs(void)
{
    *reg32(PWM_BASE, PWM_STATUS) = PWM_STATUS_SAFE;
    *reg32(PWM_BASE, PWM_CTRL) = PWM_RUN | PWM_CTRL_OUTPUT;
}

void drive_start(void)
{
    drive.state = DRIVE_ALONE;
    drive.target_mnm = TORQUE_START_MNM;
    control_set_torque(&drive.controller, drive.target_mnm);
    *reg32(PWM_BASE, PWM_PERIOD) = PWM_PERIOD_CYCLES_20KHZ;
    *reg32(PWM_BASE, PWM_DEAD_TIME) = DEAD_TIME_CYCLES;
    *reg32(ADC_BASE, ADC_CHANNELS) = ADC_USED;
    *reg32(ADC_BASE, ADC_CTRL) = ADC_CTRL_EN | ADC_CTRL_TRIGGER | ADC_CTRL_IRQ;
    *reg32(PWM_BASE, PWM_CTRL) = PWM_RUN;
    drive_mark(MARK_START);
}

static void tell_partner(void)
{
    drive.message.sequence++;
    drive.message.state = drive.state;
    drive.message.torque_mnm = control_torque_mnm(&drive.controller);
    drive.message.target_mnm = drive.target_mnm;
    drive.message.angle = drive.measured.angle;
    drive.message.faults = drive.guard.faults;
    mailbox_write(mailbox_of(BLOCK), &drive.message);
}

static void watch_partner(void)
{
    const enum partner_event event = mailbox_watch(mailbox_of(BLOCK ^ 1), &drive.partner);
    if (event == PARTNER_SAME)
        return;
    drive_mark(event == PARTNER_FOUND ? MARK_PARTNER_FOUND : MARK_PARTNER_LOST);
    if (drive.state != DRIVE_SAFE)
        drive.state = event == PARTNER_FOUND ? DRIVE_PAIR : DRIVE_ALONE;
}

static void check(uint32_t adc_status)
{
    const struct condition condition = {
        .measured = &drive.measured,
        .step = drive.controller.step,
        .adc_status = adc_status,
        .pwm_status = *reg32(PWM_BASE, PWM_STATUS),
    };
    const uint32_t fresh = guard_check(&drive.guard, &condition);
    if (fresh != 0)
        enter_safe(fresh);
}

/** The first period has no angle before it. */
static void take_first_angle(void)
{
    if (drive.periods == 0)
        drive.controller.last_angle = drive.measured.angle;
}

void drive_period(void)
{
    const uint32_t start = csr_read(mcycle);
    const uint32_t adc_status = *reg32(ADC_BASE, ADC_STATUS);
    *reg32(ADC_BASE, ADC_STATUS) = ADC_STATUS_DONE | ADC_STATUS_OVERRUN;
    drive.measured = measure();
    take_first_angle();
    /* The control goes on while the outputs are off, so that angle and currents stay known. */
    apply(control_step(&drive.controller, &drive.measured, PWM_PERIOD_CYCLES_20KHZ));
    if (drive.state == DRIVE_SAFE || drive.periods < START_PERIODS)
        control_idle(&drive.controller);
    else
        check(adc_status);
    /* A fault that came by interrupt before the start keeps the outputs off. */
    if (drive.periods == START_PERIODS && drive.state != DRIVE_SAFE)
        start_outputs();
    tell_partner();
    watch_partner();
    drive.periods++;
    const uint32_t cycles = csr_read(mcycle) - start;
    if (cycles > drive.cycles_worst)
        drive.cycles_worst = cycles;
}

void drive_fault(enum fault fault)
{
    const uint32_t fresh = guard_raise(&drive.guard, fault);
    if (fresh != 0)
        enter_safe(fresh);
}

void drive_set_target(int32_t torque_mnm)
{
    const uint32_t state = interrupts_mask();
    drive.target_mnm = torque_mnm;
    control_set_torque(&drive.controller, torque_mnm);
    interrupts_restore(state);
}

void drive_clear(void)
{
    const uint32_t state = interrupts_mask();
    guard_clear(&drive.guard);
    start_outputs();
    drive.state = drive.partner.present ? DRIVE_PAIR : DRIVE_ALONE;
    drive_mark(MARK_CLEARED);
    interrupts_restore(state);
}
