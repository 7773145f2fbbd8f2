import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Four projects, from the fastest to the slowest. `integration` and `e2e` need a real
// engine and fail without one; scripts/test.ts starts it and sets what they read.
export default defineConfig({
  test: {
    // Vitest leaves a core free, which is half of a small machine. Many tests wait.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/unit/**/*.test.ts"],
          // Some start git hundreds of times, which a busy machine makes slow.
          testTimeout: 60_000,
        },
      },
      {
        test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 60_000 },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
