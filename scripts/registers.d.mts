/** Types of scripts/registers.mjs. */
export interface NamedValue {
  value: number;
  name: string;
  meaning: string;
}
export interface Field {
  high: number;
  low: number;
  name: string;
  meaning: string;
  values: NamedValue[];
}
export interface Register {
  offset: number;
  name: string;
  access: "RO" | "WO" | "RW" | "W1C" | "W1S";
  /** null where the table has "-". */
  reset: number | null;
  meaning: string;
  fields: Field[];
  values: NamedValue[];
}
export interface Device {
  file: string;
  name: string;
  title: string;
  registers: Register[];
  rules: string[];
  bits: 8 | 32;
}
export function parseDevice(file: string, text: string): Device | null;
export function devices(root?: string): Device[];
export function cHeader(device: Device): string;
export function docsPage(all: Device[]): string;
export function generated(root?: string): { path: string; text: string }[];
export function stale(root?: string): string[];
