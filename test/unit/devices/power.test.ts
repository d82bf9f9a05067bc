import { test } from "vitest";
import { check } from "../../support/device-bench.js";

const ON = `
    @0       write COMMAND ON
    @55000  read STATE -> 0x502
`;

test("power control: rails come up 5 ms apart, then power-good, then the host is let go", () => {
  check(
    "power",
    `
    @0       read STATE -> 0x200          // off, the host held in reset
    @0       write COMMAND ON
    @0       read RAILS -> 0x01
    @4999    read RAILS -> 0x01
    @5000    read RAILS -> 0x03
    @20000   read RAILS -> 0x1f
    @20000   out 1 -> 0
    @25000   read RAILS -> 0x3f
    @25000   out 1 -> 1                   // the host's own power
    @34999   read STATE -> 0x601
    @35000   read STATE -> 0x701          // power-good
    @54999   out 2 -> 1
    @55000   out 2 -> 0                   // reset released
    @55000   read STATE -> 0x502
    @55000   read EVENTS -> DONE
    @55000   due -> never
  `,
  );
});

test("power control: OFF holds the host at once and takes the rails down in reverse order", () => {
  check(
    "power",
    `
    @0       write COMMAND 1
    @60000   write EVENTS DONE
    @60000   write COMMAND 2
    @60000   read STATE -> 0x603
    @60999   read RAILS -> 0x3f
    @61000   read RAILS -> 0x1f
    @61000   out 1 -> 0
    @63000   read RAILS -> 0x0f
    @71000   read RAILS -> 0x00
    @71000   write COMMAND 1              // not before the rails have discharged
    @170999  read STATE -> 0x203
    @171000  read STATE -> 0x200
    @171000  read EVENTS -> DONE
    @171000  read CAUSE -> COMMAND
    @171000  due -> never
  `,
  );
});

test("power control: RESET pulses the host's reset for 10 ms, only while it is on", () => {
  check(
    "power",
    `
    @0       write COMMAND 3
    @0       due -> never
    @0       write COMMAND 1
    @60000   write EVENTS 0x7f
    @60000   write COMMAND 3
    @60000   out 2 -> 1
    @69999   out 2 -> 1
    @70000   out 2 -> 0
    @70000   read EVENTS -> DONE
    @70000   read RAILS -> 0x3f
  `,
  );
});

test("power control: SOFT_OFF is a pulse of 100 ms; the host's answer is an event, or obeyed", () => {
  check(
    "power",
    `
    @0       write COMMAND 1
    @60000   write EVENTS 0x7f
    @60000   write COMMAND 4
    @60000   out 3 -> 1
    @159999  out 3 -> 1
    @160000  out 3 -> 0
    @200000  in 1
    @200000  read EVENTS -> HOST_OFF
    @200000  read STATE -> 0x502
    @300000  in 0
    @300000  write EVENTS HOST_OFF
    @300000  write CONTROL OBEY_HOST
    @300000  in 1
    @300000  read STATE -> 0x603
    @300000  read CAUSE -> HOST
  `,
  );
});

test("power control: the power button is an event; held for 4 s it takes the power away", () => {
  check(
    "power",
    `
    @0        write ENABLE 0x7f
    @0        write COMMAND 1
    @60000    write EVENTS 0x7f
    @60000    fault 0 1
    @60000    out 0 -> 1
    @60000    read EVENTS -> POWER_BUTTON
    @4000000  fault 0 0
    @4000001  due -> never
    @5000000  fault 0 1
    @8999999  read STATE -> 0x502
    @9000000  read STATE -> 0x603
    @9000000  read EVENTS -> POWER_BUTTON|OVERRIDE
    @9000000  read CAUSE -> OVERRIDE
    @9200000  fault 1 1
    @9200000  fault 2 1
    @9200000  write EVENTS 0x27
    @9200000  read EVENTS -> ID_BUTTON
  `,
  );
});

test("power control: a rail that fails goes off at once and takes the others down; it must heal", () => {
  check(
    "power",
    `
    @0       write COMMAND 1
    @60000   write EVENTS 0x7f
    @60000   fault 3 2
    @60000   read RAILS -> 0x3b
    @60000   read STATE -> 0x603
    @60000   read EVENTS -> RAIL_FAULT
    @60000   read CAUSE -> RAIL_FAULT
    @60000   read FAULTED -> 0x4
    @61000   read RAILS -> 0x1b
    @200000  read STATE -> 0x200
    @200000  write COMMAND 1
    @210000  read STATE -> 0x203          // it did not come up
    @400000  read FAULTED -> 0x4
    @400000  fault 4 2
    @400000  write COMMAND 1
    @455000  read STATE -> 0x502
    @455000  read FAULTED -> 0
    @455000  fault 3 6 -> none
    @455000  fault 5 0 -> none
  `,
  );
});

test("power control: OFF while the rails come up turns the sequence round", () => {
  check(
    "power",
    `
    @0       write COMMAND 1
    @12000   write COMMAND 2
    @12000   read RAILS -> 0x07
    @13000   read RAILS -> 0x03
    @17000   read RAILS -> 0x00
    @117000  read STATE -> 0x200
  `,
  );
});

test("power control: lamps and enables are software's", () => {
  check(
    "power",
    `${ON}
    @55000   out 11 -> 0
    @55000   write CONTROL IDENTIFY
    @55000   out 11 -> 1
    @55000   out 0 -> 0
    @55000   write ENABLE 0x20
    @55000   out 0 -> 1
    @55000   write EVENTS DONE
    @55000   out 0 -> 0
    @55000   out 4 -> 1
  `,
  );
});
