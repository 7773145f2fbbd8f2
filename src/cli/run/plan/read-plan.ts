import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../../../errors.ts";
import { digestOf, isDigest } from "../../../oci/digest.ts";
import { parsePlan } from "../../../plan/parse-plan.ts";
import type { Plan } from "../../../plan/plan.ts";
import { isInRepository } from "../../../plan/scratch.ts";
import type { Context, Trust } from "../../../trust/context.ts";
import { readStdinBytes } from "../../files/read-stdin.ts";
import { isStandardInput } from "../../files/standard.ts";
import type { Io } from "../../io.ts";

/** A file with a plan, and the digest that it must have. */
export interface PlanFile {
  readonly file: string;
  readonly digest: string | undefined;
}

/**
 * Reads a plan that was made before. Throws a usage error if it cannot be read, has another digest,
 * was made for another commit in CI, or with more trust than this run has.
 */
export async function readPlan(
  { file, digest }: PlanFile,
  io: Pick<Io, "cwd" | "stdin">,
  run: { readonly context: Context; readonly trust: Trust },
): Promise<Plan> {
  const bytes = await readPlanBytes(file, io);
  if (digest !== undefined) holdDigest(file, bytes, digest);
  const plan = parsePlan(bytes.toString("utf8"), file);
  holdCommit(plan, run.context);
  holdTrust(plan, run.trust);
  refuseOtherCaches(plan, file);
  return plan;
}

/** In bytes. A plan of 500 legs takes about 2 MiB. */
const largestPlan = 256 << 20;

/**
 * The bytes of a plan's file; `-` is standard input. Throws a usage error if it cannot be read.
 */
export async function readPlanBytes(
  file: string,
  { cwd, stdin }: Pick<Io, "cwd" | "stdin">,
): Promise<Buffer> {
  try {
    if (isStandardInput(file)) return await readStdinBytes({ stdin }, largestPlan);
    return await readFile(resolve(cwd, file));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`cannot read the plan ${file}`, {
      cause,
      hint: "create one with `layerkeep plan --output plan.json`",
    });
  }
}

function holdDigest(file: string, bytes: Buffer, expected: string): void {
  if (!isDigest(expected)) {
    throw new UsageError(`--plan-digest: "${expected}" is not a digest`, {
      hint: "use sha256: followed by the 64 hexadecimal digits that sha256sum prints",
    });
  }
  const actual = digestOf(bytes);
  if (actual === expected) return;
  throw new UsageError(
    `the plan ${file} is not the expected plan: its digest is ${actual}, not ${expected}`,
    {
      hint: "use the plan that was created for this run",
    },
  );
}

/** In CI, a plan is for one commit. Elsewhere, its files are compared with the plan's. */
function holdCommit({ context }: Plan, now: Context): void {
  if (context.provider === "git" || now.provider === "git") return;
  if (context.commit === now.commit) return;
  throw new UsageError(
    `the plan was created for commit ${context.commit.slice(0, 12)}, but this run is for ${now.commit.slice(0, 12)}`,
    { hint: "use the plan for this run, or create a new plan" },
  );
}

/** A plan cannot give a run more trust than the run has. */
function holdTrust({ trust }: Plan, now: Trust): void {
  const more = (["writesCaches", "writesLegs", "publishes", "secrets"] as const).filter(
    (right) => trust[right] && !now[right],
  );
  // A trusted run has no use for scratch, which a local one with --write may write.
  if (trust.writesScratch && !now.writesScratch && now.level !== "trusted") {
    throw tooMuch(trust, now);
  }
  if (more.length > 0 || (now.level === "untrusted" && trust.level !== "untrusted")) {
    throw tooMuch(trust, now);
  }
}

/** What a plan may write is compared by its rights, so its legs must keep to them. */
function refuseOtherCaches({ legs, trust, scratch }: Plan, file: string): void {
  if (trust.writesCaches) return;
  const leg = legs.find(
    ({ cache, mounts = [] }) =>
      mounts.some(({ to }) => to !== null) ||
      cache.to.some((ref) => !trust.writesScratch || !isInRepository(ref, scratch)),
  );
  if (leg === undefined) return;
  throw new UsageError(
    `the plan ${file} would write a cache for ${leg.id}, but the plan's trust level does not allow this`,
    {
      hint: "create a new plan in this job with `layerkeep plan`",
    },
  );
}

function tooMuch({ level }: Trust, now: Trust): UsageError {
  if (now.level === "local" && level !== "untrusted") {
    const where = level === "trusted" ? "in CI" : "with --write";
    return new UsageError(
      `the plan was created ${where} and would write to the configured registries`,
      {
        hint: "pass --write to allow this",
      },
    );
  }
  return new UsageError(`the plan was created with more trust than this run has: ${now.reason}`, {
    hint: "create a new plan in this job with `layerkeep plan`",
  });
}
