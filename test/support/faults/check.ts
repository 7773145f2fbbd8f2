import * as fc from "fast-check";
import { type CopyRun, copyRun, copyRuns } from "./copy-runs.ts";
import { type DirRun, dirRun, dirRuns } from "./dir-runs.ts";
import { type Ground, type GroundKind, runsOnOneGround, startGround } from "./ground.ts";
import { type PublishRun, publishRun, publishRuns } from "./publish-runs.ts";

export const operations = ["copy", "publish", "dir"] as const;
type Operation = (typeof operations)[number];

export interface FaultCheck {
  readonly operation: Operation;
  readonly ground: GroundKind;
  readonly seed: number;
  readonly runs: number;
  /** Only the run that fast-check calls so. */
  readonly path?: string | undefined;
  /** Told after each run. */
  readonly onRun?: (() => void) | undefined;
}

/** What failed, in its smallest form; undefined where all runs held. */
export interface FoundFault {
  readonly message: string;
  /** To be given to `scripts/faults.ts`. */
  readonly replay: string;
}

/** Runs an operation through bad weather, many times, each time another and always the same ones. */
export async function checkFaults(check: FaultCheck): Promise<FoundFault | undefined> {
  await using grounds = new Grounds(check.ground);
  const parameters = {
    seed: check.seed,
    numRuns: check.runs,
    ...(check.path === undefined ? {} : { path: check.path }),
  };
  const done = async <T>(body: (ground: Ground, run: T) => Promise<void>, run: T) => {
    await body(await grounds.next(), run);
    check.onRun?.();
  };
  const copies = fc.asyncProperty(copyRuns, (run: CopyRun) => done(copyRun, run));
  const publishes = fc.asyncProperty(publishRuns, (run: PublishRun) => done(publishRun, run));
  const dirs = fc.asyncProperty(dirRuns, (run: DirRun) => done(dirRun, run));
  const details = await {
    copy: () => fc.check(copies, parameters),
    publish: () => fc.check(publishes, parameters),
    dir: () => fc.check(dirs, parameters),
  }[check.operation]();
  if (!details.failed) return undefined;
  const { errorInstance, counterexample, counterexamplePath } = details;
  const error =
    errorInstance instanceof Error ? (errorInstance.stack ?? "") : String(errorInstance);
  return {
    message: `${error}\n${fc.stringify(counterexample)}`,
    replay: `npx tsx scripts/faults.ts --only ${check.operation} --over ${check.ground} --seed ${details.seed} --path ${counterexamplePath ?? ""}`,
  };
}

/** Registries, new ones from time to time. */
class Grounds implements AsyncDisposable {
  readonly #kind: GroundKind;
  #ground: Ground | undefined;
  #used = 0;

  constructor(kind: GroundKind) {
    this.#kind = kind;
  }

  async next(): Promise<Ground> {
    if (this.#used++ % runsOnOneGround === 0) await this[Symbol.asyncDispose]();
    this.#ground ??= await startGround(this.#kind);
    return this.#ground;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ground = this.#ground;
    this.#ground = undefined;
    await ground?.[Symbol.asyncDispose]();
  }
}
