import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegistryClient } from "../../../src/registry/client.ts";
import { type BakeEngine, bake, type Target } from "./bake.ts";
import { applyChange, type DifferentialCase, writeCase } from "./case.ts";
import { measure, type Measured } from "./measure.ts";

/** How a case came out. */
export interface Outcome {
  readonly id: string;
  readonly given: DifferentialCase;
  /**
   * `missed`: some step of the second build did; `hit`: none did; `broken`: the second build
   * fails; `unusable`: the first one does; `forgetful`: a step missed that hits when the same is
   * done again alone.
   */
  readonly engine: "missed" | "hit" | "broken" | "unusable" | "forgetful";
  /** Whether the input digest changed. */
  readonly changed: boolean;
  readonly fallback: boolean;
  /** The steps that missed, or why a build failed. */
  readonly said: readonly string[];
}

const batchSize = 40;

/** Builds each case, changes one file of it and builds again, several cases in one call. */
export async function runCases(
  cases: readonly DifferentialCase[],
  engine: BakeEngine,
  client: RegistryClient,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < cases.length; at += batchSize) {
    const root = mkdtempSync(join(tmpdir(), "layerkeep-differential-"));
    try {
      const batch = cases.slice(at, at + batchSize);
      const targets = batch.map((given, n): Target => ({ id: `c${at + n}`, given }));
      for (const outcome of await runBatch(root, targets, engine, client)) {
        outcomes.push(await confirm(outcome, engine, client));
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return outcomes;
}

const confirmations = 3;

/**
 * An engine that builds many targets at once now and then runs a step again that it has in its
 * cache, whatever changed. A miss that our digest does not tell must be there each time.
 */
async function confirm(
  outcome: Outcome,
  engine: BakeEngine,
  client: RegistryClient,
): Promise<Outcome> {
  if (unsound([outcome]).length === 0) return outcome;
  for (let time = 0; time < confirmations; time++) {
    const root = mkdtempSync(join(tmpdir(), "layerkeep-differential-"));
    try {
      const target = { id: outcome.id, given: outcome.given };
      const [again] = await runBatch(root, [target], engine, client);
      if (again?.engine === "hit") return { ...outcome, engine: "forgetful" };
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return outcome;
}

async function runBatch(
  root: string,
  all: readonly Target[],
  engine: BakeEngine,
  client: RegistryClient,
): Promise<readonly Outcome[]> {
  // What no other run on the same engine has.
  const nonce = root.slice(-6);
  const before = new Map<string, Measured>();
  for (const { id, given } of all) {
    mkdirSync(join(root, id));
    writeCase(join(root, id), `${nonce}${id}`, given);
    before.set(id, await measure(join(root, id), given, client));
  }
  const first = await bake(
    root,
    all.filter(({ id }) => isWhole(before.get(id))),
    engine,
  );
  const after = new Map<string, Measured>();
  for (const { id, given } of all) {
    applyChange(join(root, id), `${nonce}${id}`, given.change);
    after.set(id, await measure(join(root, id), given, client));
  }
  const buildable = all.filter(
    ({ id }) => first.get(id)?.failed === undefined && first.has(id) && isWhole(after.get(id)),
  );
  const second = await bake(root, buildable, engine);
  return all.map(({ id, given }): Outcome => {
    const [was, is] = [before.get(id), after.get(id)];
    const changed = was?.input.digest !== is?.input.digest;
    const fallback = was?.fallback === true;
    const [one, two] = [first.get(id), second.get(id)];
    if (one === undefined || one.failed !== undefined) {
      const said = [one?.failed ?? `missing: ${was?.missing.join(", ") ?? ""}`];
      return { id, given, engine: "unusable", changed, fallback, said };
    }
    if (two === undefined || two.failed !== undefined) {
      const said = [two?.failed ?? `missing: ${is?.missing.join(", ") ?? ""}`];
      return { id, given, engine: "broken", changed, fallback, said };
    }
    const kind = two.missed.length > 0 ? "missed" : "hit";
    return { id, given, engine: kind, changed, fallback, said: two.missed };
  });
}

function isWhole(measured: Measured | undefined): boolean {
  return measured !== undefined && measured.missing.length === 0;
}

/** Cases where a step missed, or the build broke, and the digest says that nothing changed. */
export function unsound(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(
    ({ engine, changed }) => (engine === "missed" || engine === "broken") && !changed,
  );
}

/** Of the cases where every step hit, the share whose digest did not change. */
export function precision(outcomes: readonly Outcome[]): number {
  const hits = outcomes.filter(({ engine }) => engine === "hit");
  return hits.filter(({ changed }) => !changed).length / Math.max(1, hits.length);
}

/** A case as it can be read, and run again by hand. */
export function describeOutcome({ given, engine, changed, said }: Outcome): string {
  const { name, dockerfile, ignore, entries, change, args } = given;
  const files = entries.map(({ path, kind, text, mode }) =>
    kind === "link" ? `${path} -> ${text}` : `${path} ${kind} ${mode.toString(8)}`,
  );
  return [
    `${name}: ${engine}, digest ${changed ? "changed" : "unchanged"}: ${said.join("; ")}`,
    dockerfile,
    `ignore: ${JSON.stringify(ignore)}, args: ${JSON.stringify(args ?? {})}`,
    ...files,
    `change: ${JSON.stringify(change)}`,
  ].join("\n");
}
