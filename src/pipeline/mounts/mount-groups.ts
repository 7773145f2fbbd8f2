import type { PlannedMount } from "../../plan/plan.ts";
import type { KeptMount } from "./kept/kept-mounts.ts";
import type { MountOutcome } from "./mount-outcome.ts";

/** What was done with a mount before the builds that use it. */
export type Brought = Pick<MountOutcome, "before" | "filled" | "seconds"> & {
  readonly warning?: string;
};

/** A mount on a builder, and the legs of this run that use it. */
export interface MountGroup {
  /** How many legs are being built with it. */
  active: number;
  /** Whether a step used it since it was saved. */
  isUsed: boolean;
  /** Whether its content is a new beginning: the cache is replaced, and not added to. */
  replaces: boolean;
  /** Once for all legs; undefined if no leg asked for it yet. */
  brought: Promise<Brought> | undefined;
  /** The cache whose content it is known to have. */
  base: KeptMount | undefined;
  /** The end of the last save that began. */
  saving: Promise<void>;
}

/** The mounts of a run, by builder: BuildKit names them by id, owner and mode. */
export class MountGroups {
  readonly #groups = new Map<string, MountGroup>();
  readonly #turns = new Map<string, Promise<void>>();

  of(builder: string | undefined, mount: PlannedMount): MountGroup {
    // Caches of two platforms are apart, even if one builder has one mount for both.
    const key = JSON.stringify([nameOf(builder, mount), mount.from]);
    const group = this.#groups.get(key) ?? {
      active: 0,
      isUsed: false,
      replaces: false,
      brought: undefined,
      base: undefined,
      saving: Promise.resolve(),
    };
    this.#groups.set(key, group);
    return group;
  }

  /**
   * Waits until no other leg uses any of the private mounts among these: BuildKit would give the
   * second one an empty mount. Returns what ends the turn.
   */
  async takeTurns(
    builder: string | undefined,
    mounts: readonly PlannedMount[],
  ): Promise<() => void> {
    const names = mounts
      .filter(({ sharing }) => sharing === "private")
      .map((mount) => nameOf(builder, mount))
      // In one order for all legs, so that two never wait for each other.
      .sort();
    const ends: (() => void)[] = [];
    for (const name of new Set(names)) {
      const before = this.#turns.get(name);
      this.#turns.set(name, new Promise((resolve) => ends.push(() => resolve())));
      await before;
    }
    return () => {
      for (const end of ends) end();
    };
  }
}

function nameOf(builder: string | undefined, { id, uid, gid, mode }: PlannedMount): string {
  return JSON.stringify([builder ?? null, id, uid, gid, mode]);
}
