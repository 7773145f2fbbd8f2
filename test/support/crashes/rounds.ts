import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./server.ts";

/** A run of many crashes. */
export interface CrashRun {
  /** Decides what the clients do; when a crash comes, the machine decides as well. */
  readonly seed: number;
  readonly rounds: number;
  /** Ends the run early, with everything cleaned up: `AbortError` is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** What the registry gets wrong on purpose. */
  readonly fault?: Fault | undefined;
  /** Told after each round how many operations were acknowledged so far. */
  readonly onRound?: ((round: number, acknowledged: number) => void) | undefined;
}

export interface CrashResult {
  /** Crashes that were checked. */
  readonly rounds: number;
  /** Operations that were acknowledged before a crash, and had to hold after it. */
  readonly acknowledged: number;
  readonly violation?: Violation | undefined;
}

interface Violation {
  readonly round: number;
  /** What was lost or is broken, one a line. */
  readonly wrong: readonly string[];
  /** The folder or image that shows it, if it was kept. */
  readonly kept?: string | undefined;
}

/** Something was lost or is broken. Its run gives it as a `Violation`. */
export class CrashViolation extends Error {
  readonly wrong: readonly string[];

  constructor(wrong: readonly string[], options?: ErrorOptions) {
    super(wrong.join("\n"), options);
    this.wrong = wrong;
  }
}

/** Throws if anything is wrong. */
export function mustBeRight(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new CrashViolation(wrong);
}

/**
 * Waits for work that fails only if the registry is wrong: then it throws a violation. If the run
 * is being stopped, it throws that instead.
 */
export async function mustSucceed<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    // Who stops the run may have stopped the registry a moment earlier.
    await sleep(50);
    signal?.throwIfAborted();
    throw new CrashViolation([cause instanceof Error ? cause.message : String(cause)], { cause });
  }
}
