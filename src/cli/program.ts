import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { version } from "../version.ts";
import type { BuildingOptions } from "./build-run.ts";
import type { AffectedOptions } from "./commands/affected.ts";
import type { PlanCommandOptions } from "./commands/plan.ts";
import type { UpOptions } from "./commands/up.ts";
import { parseDuration } from "./duration.ts";
import { parseSize } from "./size.ts";
import type { GlobalOptions, Io } from "./io.ts";
import type { PublishingOptions } from "./publish-run.ts";
import type { PlanningOptions } from "./run-plan.ts";

/**
 * Reads the arguments and runs the command that they name. Gives the exit code. Each command is
 * a chunk of its own, loaded when it is asked for, so that `--help` costs no more than commander.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram(io, done);
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

/** The whole command line, also for what writes completions from it. */
export function createProgram(io: Io, done: (exitCode: number) => void): Command {
  const program = new Command("layerkeep")
    .description("Keeps a repository's container builds warm and ships them.")
    .version(version, "-V, --version")
    .helpCommand(false)
    .showHelpAfterError("(layerkeep --help tells more)")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  program.addHelpText("after", "\nExamples:\n  layerkeep init\n  layerkeep plan\n  layerkeep up\n");

  command(program, "init", "write a layerkeep.yml for this repository")
    .option("--force", "overwrite the file that stands")
    .option("--stdout", "print it instead")
    .addHelpText("after", example("layerkeep init"))
    .action(async (_, self: Command) => {
      const { runInit } = await import("./commands/init.ts");
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
      const { startProbes } = await import("./probes.ts");
      const probes = startProbes(options, io);
      const { runPlan } = await import("./commands/plan.ts");
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
      const { startEngine, startProbes } = await import("./probes.ts");
      const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
      const { runBuild } = await import("./commands/build.ts");
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
      const { startProbes } = await import("./probes.ts");
      const probes = startProbes(options, io);
      const { runPublish } = await import("./commands/publish.ts");
      done(await runPublish(variants, options, probes, io));
    });

  building(planning(command(program, "up", "plan, build and publish on this machine")))
    .option("--local", "stage in the embedded registry, whatever the config says")
    .option("--rollback", "move tags backwards, too")
    .addHelpText("after", example("layerkeep up"))
    .action(async (_, self: Command) => {
      const options: UpOptions = self.optsWithGlobals();
      const { startEngine, startProbes } = await import("./probes.ts");
      const [probes, engine] = [startProbes(options, io), startEngine(options, io)];
      const { runUp } = await import("./commands/up.ts");
      done(await runUp(options, probes, engine, io));
    });

  planning(planned(command(program, "explain", "say why legs build, or why they went cold")))
    .argument("[leg...]", "legs or variants; each leg that builds or went cold where none is named")
    .addHelpText("after", example("layerkeep explain server/linux/arm64"))
    .action(async (legs: string[], _, self: Command) => {
      const options: PlanningOptions = self.optsWithGlobals();
      const { startProbes } = await import("./probes.ts");
      const probes = startProbes(options, io);
      const { runExplain } = await import("./commands/explain.ts");
      done(await runExplain(legs, options, probes, io));
    });

  command(program, "affected", "print the legs that a change touches, without asking a registry")
    .requiredOption("--base <rev>", "what to compare with: origin/main, a tag, a commit")
    .option("--head <rev>", "what is compared (default: the files on disk, without ignored ones)")
    .option("--merge-base", "compare with the common ancestor of the two")
    .addHelpText("after", example("layerkeep affected --base origin/main"))
    .action(async (_, self: Command) => {
      const options: AffectedOptions = self.optsWithGlobals();
      const { startProbes } = await import("./probes.ts");
      const probes = startProbes(options, io);
      const { runAffected } = await import("./commands/affected.ts");
      done(await runAffected(options, probes, io));
    });

  const registry = command(program, "registry", "the embedded registry");
  command(registry, "serve", "serve a registry from a folder")
    .option("--listen <host:port>", "where to listen; port 0 takes a free one", "127.0.0.1:5000")
    .option("--root <folder>", "where its data lives (default: the user's cache folder)")
    .option("--user <name>", "ask for a password; it is read from LAYERKEEP_REGISTRY_PASSWORD")
    .option("--htpasswd <file>", "ask for a password of this file, which htpasswd -B wrote")
    .option("--access <file>", "who may pull, push and delete where (default: who logs in, all)")
    .addOption(
      new Option("--auth <kind>", "how to log in: with each request, or for tokens")
        .choices(["basic", "token"])
        .default("basic"),
    )
    .option("--tls-cert <file>", "speak TLS with this certificate")
    .option("--tls-key <file>", "the certificate's key")
    .option("--public-url <url>", "the registry's URL behind a proxy")
    .option("--insecure-plain-http", "let passwords travel in the clear beyond this machine")
    .option("--read-only", "refuse writes")
    .option("--mirror <host>", "serve what this registry has, and keep it; takes no writes")
    .option("--mirror-size <size>", "what a mirror keeps at most (default: 20GB)", parseSize)
    .addOption(
      new Option(
        "--collect <policy>",
        "take away by itself what no tag leads to (default: none)",
      ).choices(["none", "untagged", "per-repository"]),
    )
    .option(
      "--grace <duration>",
      "how long what is not tagged stays after its last use (default: 24h; 1h per repository)",
      parseDuration,
    )
    .option(
      "--lease <duration>",
      "how long what was used stays, with all that it refers to (default: 1h)",
      parseDuration,
    )
    .option("--metrics-listen <host:port>", "where to serve /metrics, without a login")
    .addOption(
      new Option(
        "--log <format>",
        "a line on stderr for each request (default: only what fails here)",
      ).choices(["json", "text", "none"]),
    )
    .addHelpText(
      "after",
      example("layerkeep registry serve --listen 127.0.0.1:5000 --root ./registry"),
    )
    .action(async (_, self: Command) => {
      const { runRegistryServe } = await import("./commands/registry-serve.ts");
      done(await runRegistryServe(self.optsWithGlobals(), io));
    });
  command(registry, "collect", "take away what no tag leads to from a registry that is not running")
    .option("--root <folder>", "where its data lives (default: the user's cache folder)")
    .addOption(
      new Option("--policy <policy>", "whether a tag counts in all repositories, or in its own")
        .choices(["untagged", "per-repository"])
        .default("untagged"),
    )
    .option(
      "--grace <duration>",
      "how long what is not tagged stays after it was first put (default: 24h; 1h per repository)",
      parseDuration,
    )
    .option("--yes", "take it; without, only say what would go")
    .addHelpText("after", collectHelp + example("layerkeep registry collect --yes"))
    .action(async (_, self: Command) => {
      const { runRegistryCollect } = await import("./commands/registry-collect.ts");
      done(await runRegistryCollect(self.optsWithGlobals(), io));
    });

  const doctor = command(program, "doctor", "find out what is wrong, or what something can do");
  command(doctor, "registry", "try out what a registry does, and say which settings to use")
    .argument("[repository]", "such as ghcr.io/acme/app-cache (default: the config's cache)")
    .option(
      "--second <repository>",
      "another repository there, to try mounting from; it keeps a blob",
    )
    .option("--insecure", "speak plain HTTP, or TLS without a check of the certificate")
    .addHelpText("after", example("layerkeep doctor registry ghcr.io/acme/app-cache"))
    .action(async (repository: string | undefined, _, self: Command) => {
      const { runDoctorRegistry } = await import("./commands/doctor-registry.ts");
      done(await runDoctorRegistry(repository, self.optsWithGlobals(), io));
    });

  command(program, "completion", "print a completion script for a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", example("layerkeep completion bash > /etc/bash_completion.d/layerkeep"))
    .action(async (shell: string) => {
      const { renderCompletion } = await import("./completion.ts");
      io.out(renderCompletion(shell, program));
    });
  return program;
}

const matrixHelp = `
With --matrix, each line is a matrix as GitHub's fromJSON takes it: {"include": [{"leg", "variant",
"platform", "runner", "seconds"}, …]}, of at most 256 jobs and 1 MB, the longest first by the
legs' logs. A job that builds several legs has them in one text, with spaces between them:
layerkeep build \${{ matrix.leg }} --plan plan.json. Variants with several platforms come first.
Without a leg to build there is one matrix, {"include":[]}, which GitHub takes for an error.
`;

const collectHelp = `
A tag keeps all that it leads to: the images of an index, their blobs, and their referrers.
Durations are a number and s, m, h or d, or 0. Without --yes nothing is taken. The grace counts
from when a thing was first put, since when it was last used is not kept; there is no lease, since
nothing is under way. A registry that runs collects by itself, and knows both: layerkeep registry
serve --collect untagged.
`;

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option("-c, --config <file>", "the config (default: layerkeep.yml here or in a folder above)")
    .addOption(
      new Option("--var <name=value>", "set a variable of the config; may be given again")
        .argParser(collectVariable)
        .default({}, "none"),
    )
    .option("--json", "print the result as JSON", false)
    .option("-q, --quiet", "print results and errors alone", false)
    .option("--no-color", "no colour (NO_COLOR does the same)");
}

function planning(parent: Command): Command {
  return parent
    .option("--force [leg...]", "build although it is staged: these legs, or all")
    .option("--cold [leg...]", "like --force, and leave caches aside, too")
    .option("--refresh", "begin a new epoch")
    .option("--write", "outside CI: write to the registries that the config names");
}

function planned(parent: Command): Command {
  return parent.option(
    "--plan <file>",
    "a plan that `layerkeep plan` wrote; nothing is resolved again",
  );
}

function building(parent: Command): Command {
  return parent
    .option("-j, --jobs <number>", "builds that run at once", parseJobs, 4)
    .option(
      "--builder <name>",
      "the buildx builder (default: the config's, BUILDX_BUILDER, the current one)",
    )
    .option("--dry-run", "say what would be built, and build nothing");
}

function collectVariable(
  text: string,
  previous: GlobalOptions["var"],
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Write NAME=value.");
  return { ...previous, [name]: value };
}

function parseJobs(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("Write a number from 1 to 999.");
  return Number(text);
}

function parseMost(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) {
    throw new InvalidArgumentError("Write a number from 1 to 99999.");
  }
  return Number(text);
}

function example(line: string): string {
  return `\nExample:\n  ${line}\n`;
}
