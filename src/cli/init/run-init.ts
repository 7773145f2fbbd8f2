import { basename, dirname, relative } from "node:path";
import { loadConfig } from "../../config/load/load.ts";
import { renderStarterConfig } from "../../config/load/starter.ts";
import { UsageError } from "../../errors.ts";
import { type GitFacts, readGitFacts } from "../../git/facts.ts";
import { planStarter, type Starter } from "../../pipeline/starter/plan-starter.ts";
import {
  initJson,
  type InitResult,
  nextSteps,
  renderInit,
  renderNext,
} from "../../report/config/init-report.ts";
import { isCi } from "../../trust/environment/provider.ts";
import { chooseConfigFile } from "../config-file/choose-file.ts";
import { withSchemaLine } from "../config-file/schema-line.ts";
import { writeConfig } from "../config-file/write-config.ts";
import { type Io, warn } from "../io.ts";
import { refuseOtherPlatforms } from "../import/refuse-platforms.ts";
import { gitAt } from "../run/probes.ts";
import { thisMachine } from "../run/this-machine.ts";
import { show } from "../show/show-result.ts";
import { type Questions, questionsOn } from "./ask.ts";
import { chooseSetting, type InitOptions } from "./choose-setting.ts";
import {
  filesOf,
  findSources,
  nothingHint,
  type SourceKind,
  type Sources,
} from "./find-sources.ts";
import { importFrom } from "./import-from.ts";

/** The exit code of a command that was interrupted. */
const cancelledExitCode = 130;

/** Writes a config for what is found in this folder. Gives the exit code. */
export async function runInit(options: InitOptions, io: Io): Promise<number> {
  const file = await chooseConfigFile(options, io.cwd, io);
  const git = gitAt(dirname(file), io);
  const facts = await readGitFacts(git);
  const sources = await findSources(git, facts?.root ?? dirname(file));
  const questions = asks(options, io);
  const kind = await chooseKind(sources, options, questions, git.cwd);
  if (kind === undefined) return cancelled(io);
  const files = filesOf(kind, sources, git.cwd);
  if (kind === "bake" || kind === "github" || kind === "gitlab") {
    noteOthers(kind, sources, options, io);
    return importFrom(kind, file, options, io);
  }
  const machine = thisMachine();
  const known = { kind, files, sources, facts, machine };
  const setting = await chooseSetting(known, options, questions);
  if (setting === undefined) return cancelled(io);
  const root = dirname(file);
  const starter = await planStarter({
    ...{ root, dockerfiles: setting.dockerfiles, composed: sources.composed },
    ...{ imports: kind === "compose", machine },
    top: basename(facts?.remoteUrl ?? root, ".git"),
    above: facts === undefined ? 0 : depthBelow(facts.root, root),
  });
  if (starter.variants.length + starter.imported.length === 0) {
    const why = starter.leftOut.map(({ dockerfile, problem }) => `${dockerfile}: ${problem}`);
    throw new UsageError(["no Dockerfile can be built", ...why].join("\n"));
  }
  const { image, platforms } = setting;
  const compose = kind === "compose" ? files[0] : undefined;
  const config = renderStarterConfig({ image, platforms, compose, ...starter });
  if (compose !== undefined && options.platform.length > 0) {
    refuseOtherPlatforms(await loadConfig({ file, text: config, vars: {} }), platforms, compose);
  }
  const text = withSchemaLine(config, file);
  if (options.stdout === true) {
    io.out(text);
    return 0;
  }
  await writeConfig(file, text, options, io);
  noteOthers(kind, sources, options, io);
  showInit({ file: relative(io.cwd, file), from: kind, compose }, starter, facts, options, io);
  return 0;
}

/** Questions are for people: not for a program that reads the result, and not for CI. */
function asks(options: InitOptions, io: Io): Questions | undefined {
  const { yes = false, stdout = false, json, quiet } = options;
  if (yes || stdout || json || quiet || isCi(io.env)) return undefined;
  const keyboard = io.keyboard?.();
  return keyboard === undefined ? undefined : questionsOn(keyboard, io.signal);
}

/** Undefined if the user cancelled. */
async function chooseKind(
  sources: Sources,
  { from }: InitOptions,
  questions: Questions | undefined,
  root: string,
): Promise<SourceKind | undefined> {
  if (from !== undefined) return from;
  const [first] = sources.files.keys();
  if (first === undefined && sources.unusable !== undefined) return "compose";
  if (first === undefined) {
    throw new UsageError(`found nothing to build an image from in ${root}`, { hint: nothingHint });
  }
  return questions === undefined || sources.files.size < 2 ? first : questions.source(sources);
}

function cancelled(io: Io): number {
  io.err("cancelled: nothing was written\n");
  return cancelledExitCode;
}

/** Mentions what else a config could be made from. */
function noteOthers(kind: SourceKind, sources: Sources, options: InitOptions, io: Io): void {
  if (sources.unusable !== undefined && kind !== "compose") {
    warn(io, `the Compose file cannot be imported: ${sources.unusable}`);
  }
  if (!sources.complete) {
    warn(io, "not all folders were searched for Dockerfiles: there are too many");
  }
  if (options.quiet || options.from !== undefined) return;
  for (const [other, files] of sources.files) {
    if (other === kind || (other === "dockerfiles" && kind !== "github")) continue;
    io.err(`note: found ${files.join(", ")}: \`layerkeep init --from ${other}\` uses it instead\n`);
  }
}

function showInit(
  made: Pick<InitResult, "file" | "from" | "compose">,
  { imported, variants, leftOut }: Starter,
  facts: GitFacts | undefined,
  options: InitOptions,
  io: Io,
): void {
  const command = io.env["npm_command"] === "exec" ? "npx layerkeep" : "layerkeep";
  const next = nextSteps(command, facts?.remoteUrl);
  const result: InitResult = { ...made, imported, variants, leftOut, next };
  show(io, options, initJson(result), () => renderInit(result));
  if (!options.quiet && !options.json) io.err(`${renderNext(result)}\n`);
}

/** How many folders are between a checkout's root and a folder in it. */
function depthBelow(root: string, folder: string): number {
  const path = relative(root, folder);
  return path === "" || path.startsWith("..") ? 0 : path.split(/[\\/]/).length;
}
