import type { ReachedStage } from "../../dockerfile/stages/found.ts";
import type { Instruction } from "../../dockerfile/parse/dockerfile.ts";
import { splitArgs } from "../../dockerfile/parse/words.ts";
import { isConstant, type Unknown } from "../expressions/value.ts";
import type { Placed } from "../model/builds.ts";
import { type CacheUse, cacheReads, isSure, sameCache } from "../model/caches.ts";
import type { Build } from "../model/operation.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { remember } from "../remember.ts";
import type { Report, Rule } from "../rule.ts";
import { type BuiltStages, stagesOf } from "./support/images/stages-of.ts";
import { repositoryCaches } from "./support/caches/repository-caches.ts";
import { baseOf } from "./support/images/stages-beside.ts";
import { unpinnedCommand } from "./support/unpinned.ts";

export const staleDependencies: Rule = {
  id: "stale-dependencies",
  severity: "note",
  summary: "unpinned packages are never updated while the cache is kept",
  why: "A step that has not changed does not run again while its result is cached. apt-get install keeps the packages from the day it ran, without later security fixes, until the base image changes.",
  check: (pipeline, report) => {
    for (const scenario of pipeline.scenarios.filter(({ untrusted }) => !untrusted)) {
      const seen = new Set<Placed>();
      for (const read of cacheReads(pipeline, scenario)) {
        if (seen.has(read.placed) || !isPersistent(read, pipeline)) continue;
        seen.add(read.placed);
        check(read, pipeline, report);
      }
    }
  },
};

function check(
  { placed, settings }: CacheUse,
  { repository }: Pipeline,
  { find, cannotTell }: Report,
): void {
  const built = stagesOf(placed, repository);
  if ("why" in built) {
    cannotTell(settings.span, `cannot read the stages of the Dockerfile: ${built.why}`);
    return;
  }
  const stale = staleStep(built, placed.operation);
  if (stale === undefined) return;
  const { command, line, isPinned } = stale;
  find({
    span: settings.span,
    message: `${command} in ${built.path}:${line} does not run again while this cache is kept`,
    confidence: isPinned && isSure(placed, settings) ? "medium" : "low",
  });
}

/** A cache that later runs read again, and that no run writes without reading it. */
function isPersistent(read: CacheUse, pipeline: Pipeline): boolean {
  const { type } = read.settings;
  if (type === "local" || read.placed.operation.noCache !== false) return false;
  if (read.name.unknown.some(isOfOneRun)) return false;
  const writes = repositoryCaches(pipeline).writes.like(read);
  const isSame = (write: CacheUse): boolean => sameCache(read, write) !== false;
  return writes.some(isSame) && !withoutCache(writes).some(isSame);
}

/** Those that read no cache, or may read none. */
const withoutCache = remember((uses: readonly CacheUse[]) =>
  uses.filter(({ placed }) => placed.operation.noCache !== false),
);

/** Such as the week in a cache's name, or a build argument that no two runs share. */
function isOfOneRun(unknown: Unknown): boolean {
  return (
    !isConstant(unknown) &&
    !/^(?:github\.(?:ref|ref_name|head_ref)|matrix\.)/.test(unknown.expression)
  );
}

interface StaleStep {
  readonly command: string;
  readonly line: number;
  /** Whether it is built on a digest, which never moves. */
  readonly isPinned: boolean;
}

function staleStep({ stages }: BuiltStages, { buildArgs }: Build): StaleStep | undefined {
  const refreshing = new Set(
    buildArgs.flatMap(({ name, value }) => (value.unknown.some(isOfOneRun) ? [name] : [])),
  );
  for (const stage of stages.reached) {
    for (const instruction of stage.instructions) {
      if (isRefreshing(instruction, stages.escape, refreshing)) break;
      if (instruction.keyword !== "RUN") continue;
      const script = [instruction.rest, ...instruction.heredocs.map(({ content }) => content)];
      const command = unpinnedCommand(script.join("\n"));
      if (command === undefined) continue;
      return { command, line: instruction.line, isPinned: isOnDigest(stage, stages.reached) };
    }
  }
  return undefined;
}

/** What makes all steps that follow run again: with each commit, or each run. */
function isRefreshing(
  { keyword, rest, flags }: Instruction,
  escape: string,
  names: ReadonlySet<string>,
): boolean {
  if (keyword === "ARG") return splitArgs(rest, escape).some(({ name }) => names.has(name));
  const isCopy =
    (keyword === "COPY" || keyword === "ADD") && !flags.some(({ name }) => name === "from");
  return isCopy && /^(?:\.\/?|\["\.)\s/.test(rest);
}

function isOnDigest(stage: ReachedStage, reached: readonly ReachedStage[]): boolean {
  const base = baseOf(stage, reached);
  return base === undefined ? stage.from.includes("@sha256:") : isOnDigest(base, reached);
}
