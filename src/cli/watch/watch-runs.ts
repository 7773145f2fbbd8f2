import type { Config } from "../../config/config.ts";
import { LayerkeepError } from "../../errors.ts";
import { exec } from "../../exec.ts";
import { withDescendants } from "../../inputs/parents/descendants.ts";
import { createContextServices } from "../../pipeline/resolve/context-services.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { createInputCheck } from "../../plan/recheck.ts";
import { count } from "../../count.ts";
import type { Io } from "../io.ts";
import { printError } from "../print-error.ts";
import { interruptedExitCode } from "../process/run-process.ts";
import type { Session } from "../run/session.ts";
import { findChangedLegs, placesOf } from "./changed-legs.ts";
import { watchFolders } from "./watch-folders.ts";

/** What a run planned. */
export interface PlannedRun {
  readonly plan: Plan;
  /** Those that the run is about. */
  readonly legs: readonly PlannedLeg[];
  readonly session: Pick<Session, "config" | "memory">;
}

/** A command that is run again when files change. */
interface WatchedCommand {
  /** Runs it for these legs; undefined: for those that the command line selects. */
  readonly run: (
    legs: readonly string[] | undefined,
    onPlan: (planned: PlannedRun) => void,
  ) => Promise<void>;
  readonly loadConfig: () => Promise<Config>;
  readonly quiet: boolean | undefined;
}

/**
 * Runs a command, and again for the legs whose files change, until the user ends it: then the exit
 * code is 0. Runs follow each other, and what changes during one is noticed after it. An error of a
 * first run that planned nothing is thrown; later ones are printed.
 */
export async function watchRuns(command: WatchedCommand, io: Io): Promise<number> {
  const { signal } = io;
  let hasPlanned = false;
  let config = await configKey(command);
  const runNow = async (legs: readonly string[] | undefined): Promise<PlannedRun | undefined> => {
    let planned: PlannedRun | undefined;
    try {
      await command.run(legs, (one) => {
        planned = one;
        hasPlanned = true;
      });
    } catch (error) {
      if (!hasPlanned || signal.aborted || !(error instanceof LayerkeepError)) throw error;
      printError(error, false, io, interruptedExitCode);
    }
    return planned;
  };
  const first = await runNow(undefined);
  if (first === undefined) return 0;
  let known = first;
  let watched = first.legs.map(({ id }) => id);
  for (let isPlanned = true; ; ) {
    const { folders, files } = placesOf(known.legs, known.session.config);
    using changes = watchFolders(folders, files);
    if (!command.quiet) io.err(`watching the files of ${count(watched.length, "leg")}\n`);
    const state = { known, watched, isPlanned, config };
    const again = await nextChange(state, command, changes, io).catch(whenEnded(signal));
    if (again === undefined) return 0;
    config = again.config;
    if (!command.quiet) io.err(`\n${again.text}\n`);
    const planned = await runNow(again.legs);
    isPlanned = planned !== undefined;
    if (planned === undefined) continue;
    if (again.legs === undefined) watched = planned.legs.map(({ id }) => id);
    known = { ...planned, legs: planned.plan.legs.filter(({ id }) => watched.includes(id)) };
  }
}

/** Looking at files may be cut short by the end, which is no error. */
function whenEnded(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}

interface Watching {
  readonly known: PlannedRun;
  readonly watched: readonly string[];
  /** Whether the last run made a plan. Otherwise any change is worth another try. */
  readonly isPlanned: boolean;
  readonly config: string;
}

interface Change {
  readonly text: string;
  /** Undefined: all that the command line selects. */
  readonly legs: readonly string[] | undefined;
  readonly config: string;
}

/** Waits for a change that matters. Undefined if the user ends it. */
async function nextChange(
  { known, isPlanned, config }: Watching,
  command: WatchedCommand,
  changes: ReturnType<typeof watchFolders>,
  io: Io,
): Promise<Change | undefined> {
  const { plan, legs, session } = known;
  const { env, signal } = io;
  // Something may have changed since the plan was made.
  for (let isAwaited = !isPlanned; ; isAwaited = true) {
    if (isAwaited && !(await changes.next(signal))) return undefined;
    const now = await configKey(command);
    if (!isPlanned) return { text: "files changed", legs: undefined, config: now };
    if (now !== config) return { text: "the config changed", legs: undefined, config: now };
    const { trust, context } = plan;
    const { services } = createContextServices(session.config, context, {
      ...{ trust, exec, env, signal },
    });
    const {
      config: { root },
      memory,
    } = session;
    const check = createInputCheck(plan, { ...services, root, memory });
    const changed = await findChangedLegs(legs, check);
    if (signal.aborted) return undefined;
    if (changed.size === 0) continue;
    const text = [...changed].map(([id, what]) => `${id} changed: ${what}`).join("\n");
    const graph = legs.map(({ id, parents }) => ({ id, parents: parents.map(({ leg }) => leg) }));
    const again = withDescendants([...changed.keys()], graph);
    return { text, legs: again, config };
  }
}

/** What a config and the files that it imports say, or what is wrong with them. */
async function configKey({ loadConfig }: WatchedCommand): Promise<string> {
  try {
    const config = await loadConfig();
    // A line that moves changes nothing.
    return JSON.stringify(config, (key, value: unknown) => (key === "line" ? undefined : value));
  } catch (error) {
    if (!(error instanceof LayerkeepError)) throw error;
    return `error: ${error.message}`;
  }
}
