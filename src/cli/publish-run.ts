import { harmless } from "../harmless.ts";
import { type GitOptions } from "../git/run-git.ts";
import { isAncestor } from "../git/history.ts";
import { type PublishResult, publishVariants } from "../pipeline/publish.ts";
import type { Plan } from "../plan/plan.ts";
import {
  publishFailures,
  publishWarnings,
  renderPublished,
  summarisePublished,
} from "../report/publish-report.ts";
import { type GlobalOptions, type Io, warn } from "./io.ts";
import { gitAt, type Session } from "./session.ts";

/** The flags of every command that publishes. */
export interface PublishingOptions extends GlobalOptions {
  readonly rollback?: boolean;
  readonly dryRun?: boolean;
}

/** Publishes variants of a plan; all where none is named. */
export function publishPlanned(
  plan: Plan,
  variants: readonly string[],
  { client, config }: Session,
  options: PublishingOptions,
  io: Io,
): Promise<readonly PublishResult[]> {
  const git: GitOptions = {
    ...gitAt(config.root, io),
    note: (message) => warn(io, message),
  };
  return publishVariants(plan, {
    client,
    variants,
    signal: io.signal,
    rollback: options.rollback === true,
    dryRun: options.dryRun === true,
    ancestry: (a, b) => isAncestor(git, a, b),
    onEvent: (event) => {
      if (event.kind === "again" && !options.quiet) io.err(`${event.variant} | ${event.reason}\n`);
    },
  });
}

/** The table of tags, and on stderr what did not go as it should. */
export function tellPublished(
  results: readonly PublishResult[],
  { json, quiet, dryRun }: PublishingOptions,
  io: Io,
): void {
  for (const warning of publishWarnings(results)) warn(io, warning);
  for (const failure of publishFailures(results)) io.err(`${harmless(failure)}\n`);
  if (json || quiet || results.length === 0) return;
  const summary = dryRun === true ? "nothing was written: --dry-run" : summarisePublished(results);
  io.out(`${renderPublished(results)}${summary}\n`);
}

/** Why variants were not published. */
export function publishErrors(results: readonly PublishResult[]): readonly Error[] {
  return results.flatMap(({ error }) => (error === undefined ? [] : [error]));
}

/** A result as `--json` shows it: an error by its words. */
export function publishResultJson({ error, digest, ...rest }: PublishResult): unknown {
  return { ...rest, digest: digest ?? null, error: error?.message ?? null };
}
