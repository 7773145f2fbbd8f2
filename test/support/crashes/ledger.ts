/** What a key has: `there` for a blob or a manifest, a digest for a tag, undefined for nothing. */
export type Value = string | undefined;

/** Keys, such as `blob r0 sha256:…`, `manifest r0 sha256:…` and `tag r0 v1`, and their new values. */
export type Effects = ReadonlyMap<string, Value>;

/** A manifest that was pushed, or tried. */
export interface Known {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** Digests of the blobs and manifests that it refers to. */
  readonly parts: readonly string[];
}

/** An operation that the registry did not answer yet. */
export interface Attempt {
  /** It was done. Its effects hold, and these keys are there too: the registry looked. */
  done(alsoThere?: readonly string[]): void;
  /** It was refused: it has no effects. */
  refused(): void;
  /** Whether a collection ran meanwhile: it may have been first. */
  metCollection(): boolean;
}

/** What is wrong with a key: what it may have, and what it has. */
export interface Lost {
  readonly key: string;
  readonly allowed: readonly string[];
  readonly actual: string;
}

/** Keys that are gone and are still asked for: they must not come back. */
const mostGone = 400;
const there = "there";

/**
 * What a registry acknowledged, and what it may have besides: what was under way, and what a
 * collection was free to delete. Those who use it change one key one after the other.
 */
export class Ledger {
  /** Operations that were acknowledged, and have to hold. */
  acknowledged = 0;
  /** All manifests by digest, whichever repository they are in. */
  readonly manifests = new Map<string, Known>();
  readonly #settled = new Map<string, Value>();
  readonly #open = new Map<string, Value[]>();
  #isMarked = false;
  #isCollecting = false;
  #collections = 0;

  /** From now on what is acknowledged may hold, and does not have to. */
  mark(): void {
    this.#isMarked = true;
  }

  /** An operation is about to be sent. */
  begin(effects: Effects): Attempt {
    const [collections, wasCollecting] = [this.#collections, this.#isCollecting];
    const metCollection = (): boolean => wasCollecting || collections !== this.#collections;
    for (const [key, value] of effects) this.#allow(key, value);
    if (this.#isCollecting) this.#allowCollection();
    return {
      done: (alsoThere = []) => {
        if (this.#isMarked) return;
        this.acknowledged += 1;
        for (const [key, value] of [
          ...effects,
          ...alsoThere.map((also): [string, Value] => [also, there]),
        ]) {
          this.#settled.delete(key);
          this.#settled.set(key, value);
          this.#open.delete(key);
        }
        // The collection may have come after it in the registry, whatever was told first.
        if (metCollection()) this.#allowCollection();
      },
      refused: () => {
        for (const [key, value] of effects) this.#disallow(key, value);
      },
      metCollection,
    };
  }

  /** A collection without grace and lease begins; what is given back ends it. */
  beginCollection(): () => void {
    this.#collections += 1;
    this.#isCollecting = true;
    this.#allowCollection();
    return () => (this.#isCollecting = false);
  }

  /** All that a key may have. */
  allowed(key: string): readonly Value[] {
    return [...new Set([this.#settled.get(key), ...(this.#open.get(key) ?? [])])];
  }

  /** Whether a key may have something. */
  mayHave(key: string): boolean {
    return this.allowed(key).some((value) => value !== undefined);
  }

  /** Whether a key has something for sure. */
  has(key: string): boolean {
    return !this.allowed(key).includes(undefined);
  }

  /** All keys of a kind in a repository, the oldest first. */
  keys(kind: "blob" | "manifest" | "tag", repository: string): readonly string[] {
    return this.all().filter((key) => key.startsWith(`${kind} ${repository} `));
  }

  /** All keys. */
  all(): readonly string[] {
    return [...new Set([...this.#settled.keys(), ...this.#open.keys()])];
  }

  /** Compares what there is with what may be, and goes on from what there is. */
  settle(actual: ReadonlyMap<string, Value>): readonly Lost[] {
    const lost: Lost[] = [];
    for (const [key, value] of actual) {
      const allowed = this.allowed(key);
      if (!allowed.includes(value)) {
        lost.push({ key, allowed: allowed.map(said), actual: said(value) });
      }
      this.#settled.set(key, value);
    }
    this.#open.clear();
    this.#isMarked = false;
    this.#isCollecting = false;
    this.#forget();
    return lost;
  }

  /** Keys that are gone go after a while, and manifests that no key names. */
  #forget(): void {
    const gone = [...this.#settled].flatMap(([key, value]) => (value === undefined ? [key] : []));
    for (const key of gone.slice(0, -mostGone)) this.#settled.delete(key);
    const named = new Set(
      this.all().flatMap((key) => (key.startsWith("manifest ") ? [digestIn(key)] : [])),
    );
    for (const digest of this.manifests.keys()) {
      if (!named.has(digest)) this.manifests.delete(digest);
    }
  }

  #allow(key: string, value: Value): void {
    const open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, [value]);
    else open.push(value);
  }

  #disallow(key: string, value: Value): void {
    const open = this.#open.get(key) ?? [];
    const at = open.indexOf(value);
    if (at >= 0) open.splice(at, 1);
    if (open.length === 0) this.#open.delete(key);
  }

  /** What no tag holds for sure may be gone. */
  #allowCollection(): void {
    const held = this.#held();
    for (const key of this.all()) {
      if (key.startsWith("tag ") || held.has(key.slice(key.indexOf(" ") + 1))) continue;
      if (this.has(key)) this.#allow(key, undefined);
    }
  }

  /** `r0 sha256:…` of all that a tag leads to in its own repository. */
  #held(): ReadonlySet<string> {
    const held = new Set<string>();
    for (const key of this.all()) {
      if (!key.startsWith("tag ")) continue;
      const [digest, ...others] = this.allowed(key);
      const [, repository = ""] = key.split(" ");
      if (digest !== undefined && others.length === 0) held.add(`${repository} ${digest}`);
    }
    // A set is walked with what is added on the way, each once.
    for (const item of held) {
      const [repository = "", digest = ""] = item.split(" ");
      for (const part of this.manifests.get(digest)?.parts ?? []) held.add(`${repository} ${part}`);
    }
    return held;
  }
}

/** `sha256:…` of a blob's or a manifest's key. */
export function digestIn(key: string): string {
  return key.slice(key.lastIndexOf(" ") + 1);
}

function said(value: Value): string {
  return value ?? "nothing";
}
