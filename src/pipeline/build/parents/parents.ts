import { messageOf } from "../../../errors.ts";
import { isAttestation } from "../../../oci/manifest.ts";
import { formatReference } from "../../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../../../plan/plan.ts";
import type { RegistryClient } from "../../../registry/client.ts";
import { resolveLeg } from "../../stage/resolve-leg.ts";
import { StagedLegError } from "../../stage/staged-leg-error.ts";
import { ParentFailedError } from "./parent-failed.ts";

/** What a leg is built on, as BuildKit is given it. */
export interface BuiltOn {
  /** By context: `docker-image://REPOSITORY@DIGEST` of what is staged, or `target:NAME`. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Parents that are built in the same solve, and theirs: each before those that name it. */
  readonly targets: readonly SolvedParent[];
  /** What was to be said of them. */
  readonly warnings: readonly string[];
}

/** A parent that is not staged, and is built with the leg. */
export interface SolvedParent {
  readonly target: string;
  readonly leg: PlannedLeg;
  readonly contexts: Readonly<Record<string, string>>;
}

export const builtOnNothing: BuiltOn = { contexts: {}, targets: [], warnings: [] };

export interface ParentsOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** Builds and stages a parent that is not staged any more. */
  readonly rebuild: (leg: PlannedLeg, child: PlannedLeg) => Promise<boolean>;
}

/** Finds what legs are built on. Each parent's staged leg is resolved once per run. */
export class Parents {
  readonly #plan: Plan;
  readonly #options: ParentsOptions;
  readonly #legs: ReadonlyMap<string, PlannedLeg>;
  readonly #staged = new Map<string, Promise<StagedParent>>();

  constructor(plan: Plan, options: ParentsOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#legs = new Map(plan.legs.map((leg) => [leg.id, leg]));
  }

  /**
   * What a leg is built on. If parents are not staged, they are built again first; in a run that
   * stages nothing, they are built with the leg. Throws a parent-failed error, or a registry error.
   */
  async of(leg: PlannedLeg): Promise<BuiltOn> {
    if (leg.parents.length === 0) return builtOnNothing;
    const targets = new Map<string, SolvedParent>();
    const warnings = new Set<string>();
    const contexts = await this.#contextsOf(leg, targets, warnings);
    return { contexts, targets: [...targets.values()], warnings: [...warnings] };
  }

  async #contextsOf(
    leg: PlannedLeg,
    targets: Map<string, SolvedParent>,
    warnings: Set<string>,
  ): Promise<Record<string, string>> {
    const contexts: Record<string, string> = {};
    for (const { context, leg: id } of leg.parents) {
      const parent = this.#legs.get(id);
      if (parent === undefined) throw new Error(`the plan has no leg ${id}`);
      const staged = await this.#find(parent, leg);
      if (staged.warning !== undefined) warnings.add(staged.warning);
      if (staged.address === undefined) {
        const target = targetName(id);
        if (!targets.has(id)) {
          const own = await this.#contextsOf(parent, targets, warnings);
          targets.set(id, { target, leg: parent, contexts: own });
        }
        contexts[context] = `target:${target}`;
      } else contexts[context] = staged.address;
    }
    return contexts;
  }

  #find(parent: PlannedLeg, child: PlannedLeg): Promise<StagedParent> {
    const known = this.#staged.get(parent.id) ?? this.#look(parent, child);
    this.#staged.set(parent.id, known);
    return known;
  }

  async #look(parent: PlannedLeg, child: PlannedLeg): Promise<StagedParent> {
    const { client, signal, rebuild } = this.#options;
    const keeps = this.#plan.trust.writesLegs;
    const isReplaced = parent.bypass !== "none" || parent.outdated !== undefined;
    if (parent.staged === null || (!keeps && isReplaced)) return {};
    try {
      return { address: await addressOf(client, parent, signal) };
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const isGone = error instanceof StagedLegError;
      if (!keeps) return isGone ? {} : { warning: unreadable(parent, error) };
      if (!isGone) throw error;
    }
    if (!(await rebuild(parent, child))) throw new ParentFailedError(parent.id);
    return { address: await addressOf(client, parent, signal) };
  }
}

/** A bake target may only have letters, digits, `_` and `-`: other characters are encoded. */
function targetName(leg: string): string {
  return leg.replace(/[^A-Za-z0-9_-]/g, (letter) =>
    letter === "/" ? "--" : `-${letter.charCodeAt(0).toString(16)}-`,
  );
}

interface StagedParent {
  /** Undefined: it is built with the child. */
  readonly address?: string;
  readonly warning?: string;
}

function unreadable({ id }: PlannedLeg, error: unknown): string {
  return `the staged leg of ${id} could not be read, so it is built here: ${messageOf(error)}`;
}

/**
 * The image manifest rather than the index around it, because BuildKit accepts that for any
 * platform, such as for a builder image in a cross build.
 */
async function addressOf(
  client: RegistryClient,
  leg: PlannedLeg,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { source, children } = await resolveLeg(client, leg, signal);
  const image = children.find((child) => !isAttestation(child));
  if (image === undefined) throw new Error(`${leg.id} has no image`);
  return `docker-image://${formatReference({ ...source, digest: image.digest })}`;
}
