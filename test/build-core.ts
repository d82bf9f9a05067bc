/** vitest globalSetup: both builds of the core are there and up to date before any test. */
import { buildCore } from "../scripts/build-core.mjs";

export default async function setup(): Promise<void> {
  await buildCore("release");
  await buildCore("checked");
}
