/** Elaborates a model under firmware-models/ and makes machines of it, for tests. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MachineImage } from "../../host/core/image.js";
import { Machine } from "../../host/core/machine.js";
import { readElf } from "../../host/guest/elf.js";
import { elaborate, firmwareFiles, parseMachine } from "../../host/machine/index.js";
import { type Build, coreModule } from "./core.js";

const MODELS = join(dirname(fileURLToPath(import.meta.url)), "../../firmware-models");

const images = new Map<string, MachineImage>();

/** The image of a model with its prebuilt firmware. */
export function modelImage(model: string): MachineImage {
  const known = images.get(model);
  if (known) return known;
  const folder = join(MODELS, model);
  const file = join(folder, "machine.json");
  const description = parseMachine(readFileSync(file, "utf8"), file);
  const firmware = new Map(
    firmwareFiles(description).map(({ node, path }) => [
      node,
      readElf(new Uint8Array(readFileSync(join(folder, path!))), path!),
    ]),
  );
  const image = elaborate(description, firmware, {});
  images.set(model, image);
  return image;
}

/** A machine of a model at time 0. */
export async function modelMachine(model: string, build: Build = "release"): Promise<Machine> {
  return Machine.create(modelImage(model), { module: await coreModule(build) });
}

export const MODEL_NAMES = ["console-board", "two-nodes"] as const;
