/*
 * The control unit's arithmetic on the computer that runs the tests: prints one line a case,
 * "name<TAB>value". The motor beside the control is a plain one in floating point, from the
 * textbook; ecu-native.test.ts holds the expected values.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "guard.h"
#include "mailbox.h"
#include "motor.h"
#include "sine.h"

#define PI 3.14159265358979
#define SUPPLY 48.0
#define RESISTANCE 0.1
#define INDUCTANCE 100e-6
#define FLUX 0.02
#define PERIOD_S 50e-6
#define STEPS 100

struct motor {
    double current[3];
    double angle; /* mechanical, rad */
    double speed; /* rad/s */
};

static double phase_angle(const struct motor *motor, int phase)
{
    return POLE_PAIRS * motor->angle - phase * 2 * PI / 3;
}

/** One control period with mean phase voltages, in small steps. */
static void motor_period(struct motor *motor, const struct compares *compares, double period)
{
    const double on[3] = {compares->u / period, compares->v / period, compares->w / period};
    for (int step = 0; step < STEPS; step++) {
        double excess[3];
        double mean = 0;
        for (int phase = 0; phase < 3; phase++) {
            const double back =
                -POLE_PAIRS * motor->speed * FLUX * sin(phase_angle(motor, phase));
            excess[phase] = on[phase] * SUPPLY - back;
            mean += excess[phase] / 3;
        }
        for (int phase = 0; phase < 3; phase++) {
            const double slope =
                (excess[phase] - mean - RESISTANCE * motor->current[phase]) / INDUCTANCE;
            motor->current[phase] += slope * PERIOD_S / STEPS;
        }
        motor->angle += motor->speed * PERIOD_S / STEPS;
    }
}

static double motor_torque(const struct motor *motor)
{
    double torque = 0;
    for (int phase = 0; phase < 3; phase++)
        torque -= POLE_PAIRS * FLUX * motor->current[phase] * sin(phase_angle(motor, phase));
    return torque;
}

static int32_t sample(double amperes)
{
    return (int32_t)lround(amperes * AMPERE);
}

static struct measurement measure(const struct motor *motor)
{
    return (struct measurement){
        .current_u = sample(motor->current[0]),
        .current_v = sample(motor->current[1]),
        .current_w = sample(motor->current[2]),
        .link_mv = 48000,
        .angle = (uint16_t)(int64_t)(motor->angle / (2 * PI) * ANGLE_TURN),
    };
}

/** Two periods with the outputs off, as the drive starts: then the speed is known. */
static struct compares start(struct motor *motor, struct controller *controller)
{
    struct compares compares = {0, 0, 0};
    control_start(controller, measure(motor).angle);
    for (int period = 0; period < 2; period++) {
        motor->angle += motor->speed * PERIOD_S;
        const struct measurement measured = measure(motor);
        compares = control_step(controller, &measured, 2000);
        control_idle(controller);
    }
    motor->angle += motor->speed * PERIOD_S;
    return compares;
}

/** Runs at a constant speed; prints torque and current after 100 ms, and the largest current. */
static void check_control(const char *name, double speed, int32_t torque_mnm)
{
    struct motor motor = {.speed = speed, .angle = 0.3};
    struct controller controller;
    struct compares compares = start(&motor, &controller);
    double largest = 0;
    control_set_torque(&controller, torque_mnm);
    for (int period = 0; period < 2000; period++) {
        const struct measurement measured = measure(&motor);
        const struct compares next = control_step(&controller, &measured, 2000);
        motor_period(&motor, &compares, 2000);
        compares = next; /* they count from the next bottom */
        for (int phase = 0; phase < 3; phase++)
            largest = fmax(largest, fabs(motor.current[phase]));
    }
    printf("%s\t%.0f %.2f\n", name, motor_torque(&motor) * 1000, largest);
}

static void check_sine(void)
{
    double worst = 0;
    for (uint32_t angle = 0; angle < 0x10000; angle++) {
        const double exact = 32767 * sin(angle * 2 * PI / 65536);
        worst = fmax(worst, fabs(sine_q15((uint16_t)angle) - exact));
    }
    printf("sine error\t%.1f\n", worst);
    for (uint32_t value = 0; value < 2000000; value++) {
        const uint32_t root = square_root(value);
        if (root * root > value || (root + 1) * (root + 1) <= value)
            printf("square root of\t%u\n", value);
    }
}

static void check_mailbox(void)
{
    uint32_t box[MAILBOX_BYTES / 4] = {0};
    struct message message = {0};
    struct partner partner = {0};
    char events[200] = "";
    for (int period = 0; period < 60; period++) {
        const int silent = period >= 30 && period < 36;
        if (!silent) {
            message.sequence++;
            message.torque_mnm = 100 + period;
            mailbox_write(box, &message);
        }
        if (period == 40)
            box[2] ^= 1; /* torn or corrupted */
        const enum partner_event event = mailbox_watch(box, &partner);
        if (event != PARTNER_SAME)
            sprintf(events + strlen(events), "%s@%d ", event == PARTNER_FOUND ? "found" : "lost",
                    period);
    }
    printf("partner\t%sdamaged %u last %d\n", events, (unsigned)partner.damaged,
           (int)partner.last.torque_mnm);
}

static void check_guard(void)
{
    struct guard guard = {0};
    struct measurement measured = {.link_mv = 48000};
    struct condition condition = {.measured = &measured};
    uint32_t seen = guard_check(&guard, &condition);
    measured.current_u = CURRENT_LIMIT + 1;
    measured.current_v = -(CURRENT_LIMIT + 1);
    seen |= guard_check(&guard, &condition) << 8; /* once is noise */
    seen |= guard_check(&guard, &condition) << 16;
    seen |= guard_check(&guard, &condition) << 24; /* known already */
    printf("guard\t%x %x %s\n", (unsigned)seen, (unsigned)guard.faults,
           guard_name(FAULT_OVERCURRENT));
}

int main(void)
{
    check_sine();
    check_control("standstill", 0, 600);
    check_control("forward", 100, 1000);
    check_control("backward", -150, 700);
    check_control("braking", 120, -800);
    check_control("too much asked", 50, 5000);
    check_mailbox();
    check_guard();
    return 0;
}
