import { type Command, Option } from "commander";
import type { EngineDuOptions } from "../commands/engine/engine-du.ts";
import type { EngineGcOptions } from "../commands/engine/engine-gc.ts";
import type { EnginePruneOptions } from "../commands/engine/engine-prune.ts";
import type { Io } from "../io.ts";
import { collect, command, type Done, duration, example, parseMost, size } from "./options.ts";

/** `layerkeep engine …`: what a builder keeps on its own disk. */
export function addEngineCommands(program: Command, io: Io, done: Done): void {
  const engine = command(program, "engine", "what a builder keeps on its own disk");
  asking(command(engine, "du", "say what its cache has, by kind, and its biggest records"))
    .option("--top <number>", "so many records, the biggest first", parseMost, 10)
    .addHelpText("after", example("layerkeep engine du --filter type=exec.cachemount"))
    .action(async (_, self: Command) => {
      const options: EngineDuOptions = self.optsWithGlobals();
      const { runEngineDu } = await import("../commands/engine/engine-du.ts");
      done(await runEngineDu(options, io));
    });
  asking(command(engine, "prune", "delete from its cache, or say what could go"))
    .option("-a, --all", "what BuildKit needs itself, too")
    .option("--unused <duration>", "what was not used for so long", duration)
    .option("--keep-storage <size>", "this much stays in any case (buildx: --reserved-space)", size)
    .option("--max-used-space <size>", "this much may stay at most", size)
    .option("--min-free-space <size>", "until this much of the disk is free", size)
    .option("-y, --yes", "delete; without, only say what could go")
    .addHelpText("after", example("layerkeep engine prune --unused 48h --keep-storage 20GB --yes"))
    .action(async (_, self: Command) => {
      const options: EnginePruneOptions = self.optsWithGlobals();
      const { runEnginePrune } = await import("../commands/engine/engine-prune.ts");
      done(await runEnginePrune(options, io));
    });
  command(engine, "gc", "print the rules by which a builder keeps to a disk budget by itself")
    .requiredOption("--disk <size>", "what its cache may take", size)
    .option("--min-free <size>", "what should be free on the disk in any case", size)
    .addOption(
      new Option("--format <file>", "for a BuildKit of its own, or for Docker's")
        .choices(["buildkitd.toml", "daemon.json"])
        .default("buildkitd.toml"),
    )
    .addHelpText("after", example("layerkeep engine gc --disk 100GB > buildkitd.toml"))
    .action(async (_, self: Command) => {
      const options: EngineGcOptions = self.optsWithGlobals();
      const { runEngineGc } = await import("../commands/engine/engine-gc.ts");
      done(runEngineGc(options, io));
    });
}

function asking(parent: Command): Command {
  return parent
    .option("--builder <name>", "the buildx builder (default: BUILDX_BUILDER, the current one)")
    .option("--filter <filter>", "BuildKit's filters, such as type=source.local", collect, []);
}
