import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Four projects, from the fastest to the slowest. `integration` and `e2e` need a real
// engine and fail without one; scripts/test.ts starts it and sets what they read.

// GitHub's workflow parser imports JSON in a way that Node does not take, so Vite transforms it. Its
// source maps name files that are not in the package, which would be one warning for each module.
const actions = /@actions\/(workflow-parser|expressions)\/.*\.js$/;
const server = { deps: { inline: [actions] } };
const withoutSourceMaps = {
  name: "without-source-maps",
  enforce: "pre" as const,
  load: (id: string) =>
    actions.test(id)
      ? { code: readFileSync(id, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""), map: null }
      : undefined,
};

// The last lines of a run must show what a command printed.
const chaiConfig = { truncateThreshold: 2_000 };

export default defineConfig({
  test: {
    // Vitest leaves a core free, which is half of a small machine. Many tests wait.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        plugins: [withoutSourceMaps],
        test: {
          name: "unit",
          server,
          chaiConfig,
          include: ["src/**/*.test.ts", "test/unit/**/*.test.ts"],
          // One process runs many files: loading the modules for each file takes most of the time.
          isolate: false,
          // Some start git hundreds of times, which a busy machine makes slow.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "contract",
          chaiConfig,
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        plugins: [withoutSourceMaps],
        test: {
          name: "integration",
          server,
          chaiConfig,
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          chaiConfig,
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
