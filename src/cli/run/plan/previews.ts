import { messageOf, RegistryError } from "../../../errors.ts";
import { parseRepository } from "../../../oci/reference.ts";
import type { Plan, PlannedVariant } from "../../../plan/plan.ts";
import { hasPreviews, keepPreviews } from "../../../plan/caches/previews.ts";
import { publishesPreviews } from "../../../trust/previews.ts";
import type { Io } from "../../io.ts";
import type { Session } from "../session.ts";

/** A plan with the previews that this run publishes. */
export interface PreviewedPlan {
  readonly plan: Plan;
  /** Whether previews are configured, but none is published. Why was printed. */
  readonly hasNone: boolean;
}

/** What decides whether previews are published. */
type Asked = Pick<Session, "trust" | "outsideClaims" | "client">;

interface HoldOptions {
  readonly quiet?: boolean | undefined;
  /** Repositories are then not asked for access. */
  readonly dryRun?: boolean | undefined;
  /** Whether a repository that does not serve is an error, instead of a reason for no preview. */
  readonly mustServe?: boolean;
  /** The variants whose previews are wanted: all if none is named. */
  readonly variants?: readonly string[];
}

/**
 * Leaves out the previews that this run may not, or cannot, publish, and prints why, a line for each
 * reason. That does not fail a run: the pull request's author can seldom change it. A plan from a
 * file is not believed either.
 */
export async function holdPreviews(
  plan: Plan,
  session: Asked,
  options: HoldOptions,
  io: Pick<Io, "err" | "signal">,
): Promise<PreviewedPlan> {
  // A leg's preview in a plan from a file may be any reference.
  if (!hasPreviews(plan)) return { plan: keepPreviews(plan, () => false), hasNone: false };
  const { quiet, variants = [] } = options;
  const isWanted = ({ name }: PlannedVariant): boolean =>
    variants.length === 0 || variants.includes(name);
  const wanted = keepPreviews(plan, (_, variant) => isWanted(variant));
  const problems = new Map<string, string | undefined>();
  for (const repository of repositoriesOf(wanted)) {
    problems.set(repository, await whyNot(repository, wanted, session, options, io.signal));
  }
  const reasons = new Set([
    ...wanted.variants.flatMap(({ name, previews }) =>
      variants.includes(name) && previews.length === 0
        ? [`the config has no preview repository for ${name}`]
        : [],
    ),
    ...[...problems.values()].filter((why) => why !== undefined),
  ]);
  const kept = keepPreviews(wanted, ({ repository, tags }, { legs }) => {
    if (problems.get(repository) !== undefined) return false;
    const skipped = plan.legs.find(({ id, action }) => action === "skip" && legs.includes(id));
    if (tags.length > 0 && skipped === undefined) return true;
    reasons.add(
      skipped === undefined
        ? `no tag rule of ${repository} applies to this run`
        : `${skipped.id} is skipped: ${skipped.reason}`,
    );
    return false;
  });
  if (quiet !== true) for (const why of reasons) io.err(`no preview: ${why}\n`);
  return { plan: kept, hasNone: !hasPreviews(kept) };
}

function repositoriesOf({ variants }: Plan): ReadonlySet<string> {
  return new Set(variants.flatMap(({ previews }) => previews.map(({ repository }) => repository)));
}

async function whyNot(
  repository: string,
  { variants }: Plan,
  session: Asked,
  options: HoldOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!publishesPreviews(session.trust)) {
    return `this run does not publish previews: ${session.trust.reason}`;
  }
  const claims = await session.outsideClaims();
  if ("problem" in claims) {
    return `could not read the config on the default branch (${claims.problem}), which must also name ${repository}`;
  }
  if (!claims.value.previews.includes(repository)) {
    return `the config on the default branch does not name ${repository} as a preview repository`;
  }
  const hasTags = variants.some(({ previews }) =>
    previews.some((target) => target.repository === repository && target.tags.length > 0),
  );
  if (!hasTags || options.dryRun === true) return undefined;
  return whyNoAccess(repository, session, options, signal);
}

/** A pull request from a fork has no secrets, and so no credentials. */
async function whyNoAccess(
  name: string,
  { client }: Asked,
  { mustServe }: HoldOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const repository = parseRepository(name);
  try {
    await client.cancelUpload(repository, await client.startUpload(repository, { signal }));
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError) || signal.aborted) throw error;
    const isRefused = [401, 403].includes(error.status ?? 0);
    if (isRefused) return `this run is not allowed to push to ${name}: ${messageOf(error)}`;
    if (mustServe === true) throw error;
    return `could not push to ${name}: ${messageOf(error)}`;
  }
}
