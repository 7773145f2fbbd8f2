import { harmless } from "../../harmless.ts";
import { type GitOptions } from "../../git/run-git.ts";
import { isAncestor } from "../../git/history.ts";
import { type PublishResult, publishVariants } from "../../pipeline/publish/publish-variants.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  publishFailures,
  publishWarnings,
  renderPublished,
  summarisePublished,
} from "../../report/publish-report.ts";
import { type GlobalOptions, type Io, warn } from "../io.ts";
import { gitAt } from "./probes.ts";
import type { Session } from "./session.ts";

/** The flags of every command that publishes. */
export interface PublishingOptions extends GlobalOptions {
  readonly rollback?: boolean;
  readonly dryRun?: boolean;
}

/** Publishes variants of a plan; all where none is named. Throws where Ctrl-C stopped it. */
export async function publishPlanned(
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
  const results = await publishVariants(plan, {
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
  if (io.signal.aborted) throw stoppedPublishing(io.signal, results);
  return results;
}

function stoppedPublishing(signal: AbortSignal, results: readonly PublishResult[]): Error {
  const why = signal.reason instanceof Error ? signal.reason.message : "interrupted";
  const done = results.filter(({ error }) => error === undefined).map(({ variant }) => variant);
  const outcome =
    done.length === 0 ? "no image is published whole" : `published: ${done.join(", ")}`;
  return new Error(
    `${why}: ${outcome}; every tag points at a whole image, and the same command goes on from there`,
  );
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
  io.out(`${harmless(renderPublished(results))}${summary}\n`);
}

/** Why variants were not published. */
export function publishErrors(results: readonly PublishResult[]): readonly Error[] {
  return results.flatMap(({ error }) => (error === undefined ? [] : [error]));
}

/** A result as `--json` shows it: an error by its words. */
export function publishResultJson({ error, digest, ...rest }: PublishResult): unknown {
  return { ...rest, digest: digest ?? null, error: error?.message ?? null };
}
