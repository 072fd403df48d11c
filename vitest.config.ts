/**
 * @file Test runner settings.
 *
 * Unit tests live in test/**\/*.test.ts. Type tests (test/**\/*.test-d.ts) are checked by `npm run typecheck`,
 * which covers the test folder: an assertion about types that fails is a compile error, so no second
 * compiler run is needed. Two workers bound the memory and processor time of a run.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    setupFiles: ["test/util/backend-setup.ts"],
    pool: "threads",
    maxWorkers: 2,
    // Tests that want threads ask for them; the others would only take the cores from each other.
    env: { ADJOINT_THREADS: "1" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
});
