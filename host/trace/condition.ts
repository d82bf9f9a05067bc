/** EXPR of `--until`, parsed. The text form is read by host/cli/grammar/expr.ts. */
export type Condition =
  | {
      readonly kind: "uart";
      readonly source: string;
      /** `NODE.uartN`. */
      readonly uart: string;
      /** What must have left its transmitter, one byte after another. */
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: "trace";
      readonly source: string;
      readonly unit: string;
      readonly event: string;
      readonly fields: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly kind: "wire";
      readonly source: string;
      readonly name: string;
      readonly level: 0 | 1;
    }
  | {
      readonly kind: "pc";
      readonly source: string;
      readonly node: string;
      /** An address, or the name of a symbol of the node's firmware. */
      readonly target: number | string;
    };
