import { UsageError } from "../../errors.ts";
import { defineCommand } from "../program/define-command.ts";
import { parseJobs, parseMost, planning } from "../program/flag-groups.ts";
import { flag, parsed, text } from "../program/flags.ts";

export const plan = defineCommand({
  name: "plan",
  summary: "show which legs will be built or reused, and why",
  flags: [
    ...planning,
    flag("--explain", "print the inputs, caches and reasons of each leg"),
    text("-o, --output <file>", "write the plan to a file, for --plan"),
    flag("--matrix", "print CI job matrices for the legs to build, instead of the plan"),
    parsed(
      "--shards <number>",
      "print exactly this many matrices (default: as few as possible)",
      parseJobs,
    ),
    parsed(
      "--max-jobs <number>",
      "create at most this many jobs; legs with the same runner share them",
      parseMost,
    ),
  ],
  help: `
With --matrix, each line is a matrix for GitHub's fromJSON: {"include": [{"leg", "variant",
"platform", "runner", "seconds"}, …]}. A matrix has at most 256 jobs and 1 MB. Variants with several
platforms come first, then the jobs that took longest in earlier builds. A job that builds several
legs lists them with spaces between them: layerkeep build \${{ matrix.leg }} --plan plan.json.
If there is nothing to build, a single matrix {"include":[]} is printed, which GitHub treats as an
error.
`,
  example: "layerkeep plan --output plan.json --matrix",
  run: async ({ options, io }) => {
    const { explain, output, shards, maxJobs } = options;
    if (options.matrix !== true && (shards !== undefined || maxJobs !== undefined)) {
      throw new UsageError(`--${shards === undefined ? "max-jobs" : "shards"} needs --matrix`);
    }
    const { startProbes } = await import("../run/probes.ts");
    const probes = startProbes(options, io);
    const { showNewPlan } = await import("../show/show-new-plan.ts");
    const matrix = options.matrix === true ? { shards, maxJobs } : undefined;
    await showNewPlan(probes, options, { explain, output, matrix }, io);
    return 0;
  },
});
