import { EngineGoneError } from "../../../buildkit/progress/build-errors.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import { chooseBuilder } from "./choose-builder.ts";

export interface BuilderPoolOptions {
  /** The builders that share a leg with others of its platform; none leaves the choice to buildx. */
  readonly buildersOf: (leg: PlannedLeg) => readonly string[];
  /** How many builds run at once, on all of them. */
  readonly jobs: number;
  /** By leg, the builder that built it last on this machine. */
  readonly lastBuilders?: ReadonlyMap<string, string> | undefined;
  readonly onGone: (gone: GoneBuilder) => void;
}

/** A builder that went away, and is left out for the rest of the run. */
export interface GoneBuilder {
  readonly builder: string;
  /** What buildx said. */
  readonly why: string;
  /** The legs that were being built on it. */
  readonly legs: readonly string[];
  /** The builders that are left for them. */
  readonly others: readonly string[];
}

/** A result, and where it was built. */
export interface PooledBuild<T> {
  readonly result: T;
  /** If the leg has several to choose from. */
  readonly builder?: string;
  /** One sentence for each builder that went away meanwhile. */
  readonly warnings: readonly string[];
}

/** Spreads builds over the builders of their platform, and leaves out those that go away. */
export class BuilderPool {
  readonly #options: BuilderPoolOptions;
  readonly #running = new Map<string, string[]>();
  readonly #given = new Map<string, number>();
  readonly #gone = new Set<string>();
  /** By leg, where it was built in this run. */
  readonly #built = new Map<string, string>();

  constructor(options: BuilderPoolOptions) {
    this.#options = options;
  }

  /**
   * Builds a leg on one of its builders. If that one goes away, builds it on another; throws the
   * engine error if no other is left. The last builder of a platform is never left out: each leg
   * tries it. `build` is given no name if the choice is buildx's.
   */
  async run<T>(
    leg: PlannedLeg,
    build: (builder: string | undefined) => Promise<T>,
  ): Promise<PooledBuild<T>> {
    const warnings: string[] = [];
    const tried = new Set<string>();
    const isShared = this.#options.buildersOf(leg).length > 1;
    for (;;) {
      const builder = this.#choose(leg, tried);
      if (builder === undefined) return { result: await build(undefined), warnings };
      this.#begin(builder, leg);
      try {
        const result = await build(builder);
        if (!isShared) return { result, warnings };
        this.#built.set(leg.id, builder);
        return { result, builder, warnings };
      } catch (error) {
        if (!(error instanceof EngineGoneError)) throw error;
        tried.add(builder);
        const others = this.#left(leg).filter((name) => !tried.has(name));
        if (others.length === 0) throw error;
        this.#leaveOut(builder, error, others);
        warnings.push(
          `builder "${builder}" stopped responding, so the leg was built on another builder`,
        );
      } finally {
        this.#end(builder, leg);
      }
    }
  }

  #choose(leg: PlannedLeg, tried: ReadonlySet<string>): string | undefined {
    const { jobs, lastBuilders } = this.#options;
    const loads = this.#left(leg)
      .filter((builder) => !tried.has(builder))
      .map((builder) => ({
        builder,
        running: this.#running.get(builder)?.length ?? 0,
        given: this.#given.get(builder) ?? 0,
      }));
    const parents = leg.parents.map((parent) => parent.leg);
    const wanted = [
      lastBuilders?.get(leg.id),
      ...parents.map((id) => this.#built.get(id) ?? lastBuilders?.get(id)),
    ];
    return chooseBuilder(loads, { jobs, wanted });
  }

  /** The leg's builders that have not gone away; if all have, all of them. */
  #left(leg: PlannedLeg): readonly string[] {
    const all = this.#options.buildersOf(leg);
    const left = all.filter((builder) => !this.#gone.has(builder));
    return left.length === 0 ? all : left;
  }

  #begin(builder: string, { id }: PlannedLeg): void {
    this.#running.set(builder, [...(this.#running.get(builder) ?? []), id]);
    this.#given.set(builder, (this.#given.get(builder) ?? 0) + 1);
  }

  #end(builder: string, { id }: PlannedLeg): void {
    const running = this.#running.get(builder) ?? [];
    this.#running.set(
      builder,
      running.filter((other) => other !== id),
    );
  }

  #leaveOut(builder: string, { said }: EngineGoneError, others: readonly string[]): void {
    if (this.#gone.has(builder)) return;
    this.#gone.add(builder);
    const legs = this.#running.get(builder) ?? [];
    this.#options.onGone({ builder, why: said, legs, others });
  }
}
