import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removeTree } from "../../src/dir/restore/remove-tree.ts";
import { type Restored, restoreDirectory } from "../../src/dir/restore/restore.ts";
import { saveDirectory } from "../../src/dir/save/save.ts";
import type { Saved } from "../../src/dir/save/save-tree.ts";
import type { Storage } from "../../src/dir/stored/find-cache.ts";
import type { Crew } from "../../src/dir/threads/crew.ts";
import { localCrew } from "../../src/dir/threads/local-crew.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";

/** A folder to work in, and a repository that caches are kept in. */
export interface DirBed extends AsyncDisposable {
  readonly root: string;
  readonly storage: Storage;
  save(name: string, key: string, changes?: Changes): Promise<Saved>;
  restore(name: string, key: string, changes?: Changes): Promise<Restored | undefined>;
}

interface Changes {
  readonly crew?: Crew;
  readonly client?: RegistryClient;
  readonly prefixes?: readonly string[];
  readonly allowEmpty?: boolean;
  /** Of the key. */
  readonly family?: string;
  readonly owners?: boolean;
  readonly now?: () => Date;
  /** What is known of the machine's folders: none on another machine. */
  readonly memory?: string;
}

/** In one repository of the registry at this host. */
export function openDirBed(host: string, path = "acme/dirs"): DirBed {
  const root = mkdtempSync(join(tmpdir(), "layerkeep-dir-"));
  const client = new RegistryClient({ credentials: anonymous });
  const repository = { host, path };
  const storage = { client, repository };
  // A second later, so that what was just written counts as settled.
  const now = (): Date => new Date(Date.now() + 1000);
  const common = (changes: Changes) => ({
    storage: { client: changes.client ?? client, repository },
    crew: changes.crew ?? localCrew(),
    memory: resolve(root, changes.memory ?? ".memory"),
    now: changes.now ?? now,
  });
  return {
    root,
    storage,
    save: (name, key, changes = {}) =>
      saveDirectory({
        ...common(changes),
        key: { key, family: changes.family ?? key },
        paths: [{ name: "saved", file: resolve(root, name) }],
        allowEmpty: changes.allowEmpty ?? false,
      }),
    restore: (name, key, changes = {}) =>
      restoreDirectory({
        ...common(changes),
        key,
        prefixes: changes.prefixes ?? [],
        owners: changes.owners ?? false,
        paths: [resolve(root, name)],
        place: { cwd: "/nowhere", home: "/nowhere" },
      }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      removeTree(root);
    },
  };
}
