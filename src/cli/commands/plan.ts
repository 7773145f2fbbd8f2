import { UsageError } from "../../errors.ts";
import { defineCommand } from "../program/define-command.ts";
import { planning, quietable, watching } from "../program/flag-groups.ts";
import { addRunner, parseJobs, parseMost } from "../program/flag-values.ts";
import { outputFile } from "../program/file-flags.ts";
import { argument, flag, gathered, parsed } from "../program/flags.ts";
import { legsByName, selecting } from "../program/leg-flags.ts";

export const plan = defineCommand({
  name: "plan",
  summary: "show which legs will be built or reused, and why",
  arguments: [argument("[leg...]", `${legsByName} (default: all)`)],
  flags: [
    ...planning,
    ...selecting,
    flag("--explain", "print the inputs, caches and reasons of each leg"),
    outputFile(
      "-o, --output <file>",
      "write the plan to a file, for --plan; - for standard output",
      { standard: true },
    ),
    flag("--matrix", "print CI job matrices for the legs to build, instead of the plan"),
    parsed(
      "--shards <number>",
      "print exactly this many matrices per level (default: as few as possible)",
      parseJobs,
    ),
    parsed(
      "--max-jobs <number>",
      "create at most this many jobs per level; legs with the same runner share jobs",
      parseMost,
    ),
    parsed(
      "--levels <number>",
      "print exactly this many levels; longer chains of variants share jobs (default: as many as needed)",
      parseJobs,
    ),
    gathered(
      "--runner <platform=label>",
      "the runner for legs without one in the config, by platform; * matches any other platform",
      {},
      addRunner,
    ),
    ...watching,
    ...quietable,
  ],
  help: `
With --matrix, each line is a matrix for GitHub's fromJSON: {"include": [{"leg", "variant",
"platform", "runner", "seconds"}, …]}. A matrix has at most 256 jobs and 1 MB. Variants with multiple
platforms come first, then the jobs that took longest in earlier builds. A job that builds multiple
legs lists them separated by spaces: layerkeep build \${{ matrix.leg }} --plan plan.json.
If there is nothing to build, a single matrix {"include":[]} is printed. Skip the job
that uses it, because GitHub treats an empty matrix as an error.

If the variants to build depend on each other, the matrices come in levels. Each job has a "level",
and needs only the jobs of lower levels. --levels 2 --shards 1 always prints two lines: one matrix
for the first level, then one for the second.
`,
  example: "layerkeep plan --output plan.json --matrix",
  run: async ({ args: [legs], options, io }) => {
    const { explain, output, shards, maxJobs, levels, runner } = options;
    const runners = Object.keys(runner).length === 0 ? undefined : runner;
    const given = Object.entries({ shards, "max-jobs": maxJobs, levels, runner: runners }).find(
      ([, value]) => value !== undefined,
    );
    if (options.matrix !== true && given !== undefined) {
      throw new UsageError(`--${given[0]} needs --matrix`);
    }
    if (options.matrix === true && output === "-") {
      throw new UsageError("--output - and --matrix both print to standard output", {
        hint: "use a file for the plan: --output plan.json",
      });
    }
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showNewPlan } = await import("../show/show-new-plan.ts");
    if (options.watch === true) {
      const { refuseWithWatch, watchCommand } = await import("../watch/watch-command.ts");
      refuseWithWatch({ output, matrix: options.matrix });
      return watchCommand(
        legs,
        options,
        (names, own, onPlan) => {
          const view = { explain, output: undefined, matrix: undefined, onPlan };
          return showNewPlan(names, startProbes(own, io), own, view, io);
        },
        io,
      );
    }
    const matrix = options.matrix === true ? { shards, maxJobs, levels, runners } : undefined;
    await showNewPlan(legs, probes, options, { explain, output, matrix }, io);
    return 0;
  },
});
