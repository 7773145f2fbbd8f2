export const systems = ["linux", "macos", "windows"] as const;
/** An operating system, as `{os}` spells it. */
export type System = (typeof systems)[number];

/** Paths with `/`: from the config's folder, absolute, or from the home folder (`~/.npm`). */
export type SystemPaths = Readonly<Record<System, readonly string[]>>;

/** A directory cache of `dirs`. */
export interface DirConfig {
  /** The key in `dirs`. */
  readonly name: string;
  /** Undefined: it has a key and paths of its own. */
  readonly preset: string | undefined;
  /** The template of its key. */
  readonly key: string;
  /** Templates of prefixes; without a cache of the key, the newest with one of them is restored. */
  readonly or: readonly string[];
  /** None: it is not used on this system. */
  readonly paths: SystemPaths;
  /** Whether the paths are those of the preset, of which some may not exist. */
  readonly usual: boolean;
}
