/*
 * Reads the board: rails, temperatures, fans, the processor over PECI; drives the fans.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>

/** Time between two scans of the board's sensors, and between two looks at the processor. */
#define MONITOR_BOARD_MS 1000u
#define MONITOR_PROCESSOR_MS 100u

void monitor_start(void);
/** Rails, temperatures, fans; once a MONITOR_BOARD_MS. */
void monitor_board(void);
/** Temperature and power of the processor; once a MONITOR_PROCESSOR_MS. */
void monitor_processor(void);
/** Whether the processor answers on PECI; true while the host is off. */
bool monitor_processor_answers(void);

#endif
