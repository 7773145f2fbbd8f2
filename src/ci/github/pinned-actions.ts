/** An action of others, at one commit: a tag can be moved to other code, a commit cannot. */
export interface PinnedAction {
  /** `actions/checkout@<commit>`. */
  readonly uses: string;
  /** The release that the commit is, for readers and for tools that update it: `v7.0.1`. */
  readonly version: string;
}

const cacheCommit = "27d5ce7f107fe9357f9df03efb73ab90386fccae";

/** The actions of others that generated workflows use. */
export const pinnedActions = {
  checkout: pin("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
  upload: pin("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
  download: pin("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
  cacheRestore: pin("actions/cache/restore", cacheCommit, "v5.0.5"),
  cacheSave: pin("actions/cache/save", cacheCommit, "v5.0.5"),
  login: pin("docker/login-action", "4907a6ddec9925e35a0a9e82d7399ccc52663121", "v4.1.0"),
  qemu: pin("docker/setup-qemu-action", "96fe6ef7f33517b61c61be40b68a1882f3264fb8", "v4.2.0"),
} as const satisfies Readonly<Record<string, PinnedAction>>;

/** The release of each pinned action, by what `uses` says. */
export const pinnedVersions: ReadonlyMap<string, string> = new Map(
  Object.values(pinnedActions).map(({ uses, version }) => [uses, version]),
);

function pin(action: string, commit: string, version: string): PinnedAction {
  return { uses: `${action}@${commit}`, version };
}
