import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuildOutput } from "../../buildkit/arguments.ts";
import { messageOf } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { publishedAnnotation } from "../../plan/caches/previews.ts";
import { publishesPreviews } from "../../trust/previews.ts";
import { stageBuilt, type Staged, type StageOptions } from "../stage/stage-built.ts";
import { stagePreview } from "../stage/stage-preview.ts";
import { inputAnnotation, stagedAnnotations } from "../stage/staged-leg.ts";

/** What the engine exports of a leg's build, and how it is kept. */
export interface KeptOutput extends AsyncDisposable {
  readonly output: BuildOutput;
  /** Whether the engine pushes it to the cache repository. */
  readonly isStaged: boolean;
  /** Keeps what was built; `digest` is what the engine reported. */
  readonly keep: (digest: Digest | undefined) => Promise<Kept>;
}

interface Kept extends Omit<Staged, "digest"> {
  /** Null: the build was only a check. */
  readonly digest: Digest | null;
  readonly warning?: string;
}

/** A trusted run stages its legs. An untrusted run keeps nothing, or pushes a preview. */
export async function openOutput(
  plan: Plan,
  leg: PlannedLeg,
  options: StageOptions,
): Promise<KeptOutput> {
  const { staged, preview, reason } = leg;
  if (plan.trust.writesLegs && staged !== null) {
    const { host } = parseReference(staged.newest);
    const insecure = plan.insecure.includes(host);
    return {
      output: {
        type: "image",
        name: staged.newest,
        insecure,
        annotations: stagedAnnotations(leg),
      },
      isStaged: true,
      keep: (digest) => stageBuilt(leg, staged, digest, options),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const checked: Kept = { digest: null, bytes: 0, reason };
  if (preview === null || !publishesPreviews(plan.trust)) {
    return {
      output: { type: "cacheonly" },
      isStaged: false,
      keep: () => Promise.resolve(checked),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-preview-"));
  const annotations = {
    [inputAnnotation]: leg.input.digest,
    [publishedAnnotation]: plan.createdAt,
  };
  return {
    output: { type: "oci", folder, annotations },
    isStaged: false,
    keep: async (digest) => {
      try {
        const { tag = "latest", ...to } = parseReference(preview);
        return { ...(await stagePreview(folder, { ...to, tag }, digest, options)), reason };
      } catch (error) {
        if (options.signal?.aborted === true) throw error;
        // The build itself succeeded, and that is what an untrusted run checks.
        return { ...checked, warning: `its preview was not pushed: ${messageOf(error)}` };
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
