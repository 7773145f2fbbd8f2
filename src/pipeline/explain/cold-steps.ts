import type { Step } from "../../buildkit/progress/progress.ts";
import { parentContext } from "../../inputs/parents/parent-parts.ts";
import type { BuildRecord } from "../records/build-record.ts";
import type { CacheFinding } from "./cache-finding.ts";
import type { Cause } from "./cause.ts";
import { describeChange, type InputChange, inputChanges, labelOf } from "./input-changes.ts";
import { parseStepName, type StepName } from "./step-name.ts";
import { whyNotCached } from "./why-not-cached.ts";
import type { StageModel } from "./stage-model.ts";

/** A step that ran, though it might have come from a cache. */
export interface MissedStep {
  readonly step: string;
  readonly seconds: number;
  /** Null if it ran because an earlier step did. */
  readonly cause: Cause | null;
}

export interface ColdContext {
  /** Earlier builds of the leg, the newest first. */
  readonly earlier: readonly BuildRecord[];
  /** Model of the Dockerfile's stages, if it is the one that was built. */
  readonly model?: StageModel | undefined;
  /** What the caches look like now. */
  readonly caches?: readonly CacheFinding[];
}

/**
 * The steps of a build that ran, each with its cause: an input that changed since the previous
 * build, or a fault of the cache if no input of the step changed.
 */
export function missedSteps(build: BuildRecord, context: ColdContext): readonly MissedStep[] {
  const steps = build.steps.map((step) => ({ step, name: parseStepName(step.name) }));
  const missed = steps.filter(({ step }) => !step.cached);
  return missed.map(({ step, name }) => ({
    step: step.name,
    seconds: step.ms / 1000,
    cause: followsAnother(name, missed, context.model)
      ? null
      : whyMissed(build, step, name, context),
  }));
}

type NamedStep = { readonly step: Step; readonly name: StepName | undefined };

/** Whether an earlier step of its stage ran, or a step of a stage that it depends on. */
function followsAnother(
  name: StepName | undefined,
  missed: readonly NamedStep[],
  model: StageModel | undefined,
): boolean {
  if (name === undefined) return false;
  const ran = missed.flatMap((other) => other.name ?? []);
  if (ran.some(({ stage, number }) => stage === name.stage && number < name.number)) return true;
  const from = sourcesOf(name);
  const base = model?.stages.get(name.stage)?.base;
  const sources = [...from, ...(base === undefined ? [] : [base])].map((s) => s.toLowerCase());
  return ran.some(({ stage }) => sources.includes(stage.toLowerCase()));
}

/** What COPY, ADD and mounts take from: stages, images or contexts. */
function sourcesOf({ text }: StepName): readonly string[] {
  return [...text.matchAll(/(?:--from=|[,=]from=)([^\s,]+)/g)].map(([, source = ""]) => source);
}

function whyMissed(
  build: BuildRecord,
  step: Step,
  name: StepName | undefined,
  context: ColdContext,
): Cause {
  if (build.bypass === "caches") {
    return { code: "caches-left-aside", text: "the build ignored caches (--cold)" };
  }
  const built = context.earlier.filter(({ result }) => result === "built");
  const [before] = built;
  if (before === undefined) return firstBuild(context.earlier);
  const change = changeBehind(step, name, before, build, context.model);
  if (change !== undefined) return causeOfChange(change);
  return whyNotCached(build, before, built, context.caches ?? [], (since) =>
    changeBehind(step, name, since, build, context.model),
  );
}

function firstBuild(earlier: readonly BuildRecord[]): Cause {
  const failed = earlier.length;
  if (failed === 0) return { code: "first-build", text: "the log has no earlier build" };
  return {
    code: "failed-before",
    text: "no earlier build succeeded, and a failed build writes no cache",
  };
}

/** The cause that stands for a changed input. */
function causeOfChange(change: InputChange): Cause {
  return { code: change.kind, text: `changed: ${describeChange(change)}` };
}

/** The input whose change since an earlier build makes the step run again. */
function changeBehind(
  step: Step,
  name: StepName | undefined,
  before: BuildRecord,
  build: BuildRecord,
  model: StageModel | undefined,
): InputChange | undefined {
  const changes = inputChanges(before.input, build.input);
  const found = changes.find((change) => mayTouch(change, name, model));
  if (found !== undefined) return found;
  return changes.find(
    ({ kind }) => kind === "dockerfile" && isBehindDockerfile(step, name, before, build),
  );
}

/**
 * Whether a changed Dockerfile is why a step ran: it is new, or it follows other instructions than
 * before, or no instruction with a step of its own changed, but perhaps an `ENV` above it.
 */
function isBehindDockerfile(
  step: Step,
  name: StepName | undefined,
  before: BuildRecord,
  build: BuildRecord,
): boolean {
  if (name === undefined) return !before.steps.some((other) => other.name === step.name);
  const now = stagesOf(build);
  const then = stagesOf(before);
  const upTo = (stages: typeof now): string =>
    (stages.get(name.stage) ?? []).slice(0, name.number).join("\n");
  const isSame = [...now].every(
    ([stage, texts]) => texts.join("\n") === (then.get(stage) ?? []).join("\n"),
  );
  return isSame || upTo(now) !== upTo(then);
}

/** The instructions of each stage, at their numbers. */
function stagesOf({ steps }: BuildRecord): ReadonlyMap<string, readonly string[]> {
  const stages = new Map<string, string[]>();
  for (const name of steps.flatMap((step) => parseStepName(step.name) ?? [])) {
    const texts = stages.get(name.stage) ?? [];
    texts[name.number - 1] = name.text;
    stages.set(name.stage, texts);
  }
  return stages;
}

/** Whether a change of this kind alone can make this step run again. */
function mayTouch(
  { kind, name: part }: InputChange,
  name: StepName | undefined,
  model: StageModel | undefined,
): boolean {
  if (name === undefined) return true;
  const stage = model?.stages.get(name.stage);
  switch (kind) {
    case "files":
      return takesFiles(part, name);
    case "argument":
    case "epoch":
      return (
        stage === undefined ||
        stage.args.has(kind === "epoch" ? (model?.refresh ?? "") : part.slice("arg:".length))
      );
    case "parent": {
      const context = parentContext(part) ?? "";
      return stage === undefined || stage.images.has(context) || sourcesOf(name).includes(context);
    }
    case "base-image":
      return stage === undefined || stage.images.has(part.slice("pin:image:".length));
    case "remote-source":
      return name.keyword === "ADD";
    case "dockerfile":
      return false;
    case "syntax-image":
    case "other-input":
      return true;
  }
}

/** Whether an instruction takes the part's files from the context. */
function takesFiles(part: string, { keyword, text }: StepName): boolean {
  const copies = (keyword === "COPY" || keyword === "ADD") && !/\s--from=/.test(text);
  const mounts = keyword === "RUN" && /--mount=(?!\S*type=(?:cache|secret|ssh|tmpfs))/.test(text);
  if (part.startsWith("files:")) {
    const [own = "", ...words] = labelOf(part).split(" ");
    if (own.toUpperCase() !== keyword) return false;
    // A mount is named only by its source, and a step shows expanded variables.
    const source = clean(words.at(-1) ?? "");
    return mounts || text.split(" ").some((word) => clean(word) === source);
  }
  if (!copies && !mounts) return false;
  const top = part.startsWith("context/")
    ? part.slice("context/".length).split("/", 1)[0]
    : undefined;
  if (top === undefined || !copies) return true;
  const sources = text
    .split(" ")
    .slice(1, -1)
    .filter((word) => !word.startsWith("--"));
  return sources.some((word) => coversTop(word, top));
}

function clean(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
}

/** Whether a source of COPY may include a top-level entry of the context. */
function coversTop(source: string, top: string): boolean {
  const [first = ""] = source.replace(/^(?:\.?\/)+/, "").split("/");
  return first === "" || first === "." || first === top || /[*?[\]$"'{]/.test(first);
}
