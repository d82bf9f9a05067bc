import { defineConfig } from "vitest/config";
import { limit_ms } from "./test/support/soak.js";

/** Cases whose counts the soak does not raise still run beside those that it does. */
const MINUTES_OF_ANY = 1;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-core.ts"],
    testTimeout: limit_ms(MINUTES_OF_ANY),
    hookTimeout: 120_000,
  },
});
