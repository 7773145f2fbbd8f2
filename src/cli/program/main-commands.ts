import type { Command } from "commander";
import type { BuildingOptions } from "../run/build-run.ts";
import type { AffectedOptions } from "../commands/affected.ts";
import type { PlanCommandOptions } from "../commands/plan.ts";
import type { UpOptions } from "../commands/up.ts";
import type { Io } from "../io.ts";
import type { PublishingOptions } from "../run/publish-run.ts";
import type { PlanningOptions } from "../run/run-plan.ts";
import {
  building,
  command,
  type Done,
  example,
  parseJobs,
  parseMost,
  planned,
  planning,
} from "./options.ts";

/** The main job: from a config to published images, and why it goes as it goes. */
export function addMainCommands(program: Command, io: Io, done: Done): void {
  command(program, "init", "write a layerkeep.yml for this repository")
    .option("--force", "overwrite an existing file")
    .option("--stdout", "print it instead")
    .addHelpText("after", example("layerkeep init"))
    .action(async (_, self: Command) => {
      const { runInit } = await import("../commands/init.ts");
      done(await runInit(self.optsWithGlobals(), io));
    });

  planning(command(program, "plan", "say for each leg whether it is built or reused, and why"))
    .option("--explain", "tell the inputs, caches and reasons of each leg")
    .option("-o, --output <file>", "write the plan to a file, for --plan")
    .option("--matrix", "print matrices of CI jobs for the legs to build instead, a line each")
    .option(
      "--shards <number>",
      "exactly so many matrices (default: as few as hold all)",
      parseJobs,
    )
    .option("--max-jobs <number>", "at most so many jobs; legs of one runner share them", parseMost)
    .addHelpText("after", matrixHelp + example("layerkeep plan --output plan.json --matrix"))
    .action(async (_, self: Command) => {
      const options: PlanCommandOptions = self.optsWithGlobals();
      const { startProbes } = await import("../run/probes.ts");
      const probes = startProbes(options, io);
      const { runPlan } = await import("../commands/plan.ts");
      done(await runPlan(options, probes, io));
    });

  building(
    planning(
      planned(command(program, "build", "build legs and stage them in the cache repository")),
    ),
  )
    .argument("[leg...]", "legs (server/linux/arm64) or variants (server); all where none is named")
    .addHelpText("after", example("layerkeep build server/linux/arm64 --plan plan.json"))
    .action(async (legs: string[], _, self: Command) => {
      const options: BuildingOptions = self.optsWithGlobals();
      const { startEngine, startProbes } = await import("../run/probes.ts");
      const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
      const { runBuild } = await import("../commands/build.ts");
      done(await runBuild(legs, options, probes, engine, io));
    });

  planning(
    planned(command(program, "publish", "join staged legs into images in every target registry")),
  )
    .argument("[variant...]", "variants; all where none is named")
    .option("--rollback", "move tags backwards, too")
    .option("--dry-run", "say what would be published, and write nothing")
    .addHelpText("after", example("layerkeep publish --plan plan.json"))
    .action(async (variants: string[], _, self: Command) => {
      const options: PlanningOptions & PublishingOptions = self.optsWithGlobals();
      const { startProbes } = await import("../run/probes.ts");
      const probes = startProbes(options, io);
      const { runPublish } = await import("../commands/publish.ts");
      done(await runPublish(variants, options, probes, io));
    });

  building(planning(command(program, "up", "plan, build and publish on this machine")))
    .option("--local", "stage in the embedded registry, whatever the config says")
    .option("--rollback", "move tags backwards, too")
    .addHelpText("after", example("layerkeep up"))
    .action(async (_, self: Command) => {
      const options: UpOptions = self.optsWithGlobals();
      const { startEngine, startProbes } = await import("../run/probes.ts");
      const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
      const { runUp } = await import("../commands/up.ts");
      done(await runUp(options, probes, engine, io));
    });

  planning(planned(command(program, "explain", "say why legs build, or why they went cold")))
    .argument("[leg...]", "legs or variants; each leg that builds or went cold where none is named")
    .addHelpText("after", example("layerkeep explain server/linux/arm64"))
    .action(async (legs: string[], _, self: Command) => {
      const options: PlanningOptions = self.optsWithGlobals();
      const { startProbes } = await import("../run/probes.ts");
      const probes = startProbes(options, io);
      const { runExplain } = await import("../commands/explain.ts");
      done(await runExplain(legs, options, probes, io));
    });

  command(program, "affected", "print the legs that a change touches, without asking a registry")
    .requiredOption("--base <rev>", "what to compare with: origin/main, a tag, a commit")
    .option("--head <rev>", "what is compared (default: the files on disk, without ignored ones)")
    .option("--merge-base", "compare with the common ancestor of the two")
    .addHelpText("after", example("layerkeep affected --base origin/main"))
    .action(async (_, self: Command) => {
      const options: AffectedOptions = self.optsWithGlobals();
      const { startProbes } = await import("../run/probes.ts");
      const probes = startProbes(options, io);
      const { runAffected } = await import("../commands/affected.ts");
      done(await runAffected(options, probes, io));
    });
}

const matrixHelp = `
With --matrix, each line is a matrix as GitHub's fromJSON takes it: {"include": [{"leg", "variant",
"platform", "runner", "seconds"}, …]}, of at most 256 jobs and 1 MB, the longest first by the
legs' logs. A job that builds several legs has them in one text, with spaces between them:
layerkeep build \${{ matrix.leg }} --plan plan.json. Variants with several platforms come first.
Without a leg to build there is one matrix, {"include":[]}, which GitHub takes for an error.
`;
