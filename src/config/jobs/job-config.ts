/** A job of `jobs`: a command that runs in CI without BuildKit, once for each entry of a matrix. */
export interface JobConfig {
  /** The key in `jobs`. */
  readonly name: string;
  /** The matrix file, relative to the config's folder; undefined if there is one entry. */
  readonly file: string | undefined;
  /**
   * At least one. All have the same directory caches, caches of the same kinds, and variables of the
   * same names.
   */
  readonly entries: readonly JobEntry[];
}

/** One run of the command, with the entry's fields in every text. */
export interface JobEntry {
  /** No two entries of a job have the same. */
  readonly name: string;
  /** The CI runner (`runs-on`). */
  readonly runner: string;
  /** Globs of the files that it depends on, as a variant has them. Empty: every file. */
  readonly inputs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly caches: readonly JobCache[];
  /** Names of `dirs`. */
  readonly dirs: readonly string[];
  /** Commands for bash. */
  readonly run: string;
  /** The pattern of the files that are kept. */
  readonly artifacts: string | undefined;
}

/** What is carried from run to run; `size` is in bytes. At most one of a kind is in a job. */
export type JobCache = GoCache | HomebrewCache | CcacheCache | PipCache;

/** Go's modules and build cache. */
interface GoCache {
  readonly kind: "go";
  /** Globs of the files whose content is the key. */
  readonly sums: readonly string[];
  readonly size: number;
}

/** Homebrew's downloads, and folders of its Cellar. */
export interface HomebrewCache {
  readonly kind: "homebrew";
  /** Installed before the command runs. */
  readonly formulas: readonly string[];
  /** Formulas of which the installed folder is kept, too. */
  readonly cellar: readonly string[];
  readonly size: number;
}

export interface CcacheCache {
  readonly kind: "ccache";
  /** The key is the first group of the pattern's first match in the file; undefined: the epoch. */
  readonly version: { readonly file: string; readonly pattern: string } | undefined;
  readonly size: number;
}

/** The downloads and built wheels of pip and uv, until a new epoch begins. */
interface PipCache {
  readonly kind: "pip";
  /** Globs of the files whose content is the key. */
  readonly requirements: readonly string[];
  readonly size: number;
}
