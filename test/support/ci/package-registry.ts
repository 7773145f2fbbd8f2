import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { parseRepository } from "../../../src/oci/reference.ts";
import { RegistryClient } from "../../../src/registry/client.ts";
import type { AccessRules } from "../../../src/server/access/rights/rights.ts";
import type { LogEntry } from "../../../src/server/observe/log.ts";
import { startRegistry } from "../../../src/server/start.ts";

/** A registry with one login that writes and one that only reads. */
export interface PackageRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Every tag of every repository, `repository:tag`, with its digest. */
  state(): Promise<RegistryState>;
  /** Runs `action`, and finds out what it changed. */
  watch<Result>(action: () => Promise<Result>): Promise<readonly [Result, RegistryChanges]>;
}

type RegistryState = Readonly<Record<string, string>>;

/** What changed in the registry while an action ran. Tags are `repository:tag`, with `*` for an input digest. */
export interface RegistryChanges {
  /** Tags that were written, even if they named the same before; sorted. */
  readonly written: readonly string[];
  /** Tags that are gone, sorted. */
  readonly deleted: readonly string[];
  /** Who has written or deleted anything, a blob included. */
  readonly writers: readonly string[];
  /** Whether anybody asked to write or to delete, allowed or not. */
  readonly tried: boolean;
}

export const logins = {
  write: { username: "writer", password: "writer-password" },
  read: { username: "reader", password: "reader-password" },
} as const;

/** Nobody has to log in to read what is below `public`. */
const rules: AccessRules = {
  anonymous: [{ repositories: ["public/**"], actions: ["pull"] }],
  users: new Map([
    [logins.write.username, [{ repositories: ["**"], actions: ["pull", "push", "delete"] }]],
    [logins.read.username, [{ repositories: ["**"], actions: ["pull"] }]],
  ]),
};

/** The embedded registry, in this process. */
export async function startPackageRegistry(): Promise<PackageRegistry> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-packages-"));
  const htpasswd = join(root, "htpasswd");
  const lines = Object.values(logins).map(
    ({ username, password }) => `${username}:${hashSync(password, 4)}\n`,
  );
  await writeFile(htpasswd, lines.join(""));
  const requests: LogEntry[] = [];
  const registry = await startRegistry({
    root: join(root, "data"),
    htpasswd,
    access: { files: [], load: () => Promise.resolve(rules) },
    onLog: (entry) => {
      if (isWrite(entry)) requests.push(entry);
    },
  });
  const state = (): Promise<RegistryState> => readState(registry.host);
  return {
    host: registry.host,
    state,
    async watch(action) {
      const before = await state();
      requests.length = 0;
      const result = await action();
      return [result, changesOf(requests.splice(0), before, await state())];
    },
    async [Symbol.asyncDispose]() {
      await registry.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function isWrite({ method, repository }: LogEntry): boolean {
  return repository !== undefined && !["GET", "HEAD"].includes(method);
}

function changesOf(
  requests: readonly LogEntry[],
  before: RegistryState,
  after: RegistryState,
): RegistryChanges {
  const done = requests.filter(({ status }) => status >= 200 && status < 300);
  const written = done.flatMap(({ method, route, repository = "", reference = "" }) =>
    method === "PUT" && route === "manifest" && !reference.includes(":")
      ? [`${repository}:${reference}`]
      : [],
  );
  const unwritten = Object.keys(after).filter(
    (tag) => after[tag] !== before[tag] && !written.includes(tag),
  );
  if (unwritten.length > 0) throw new Error(`changed without a request: ${unwritten.join(", ")}`);
  return {
    written: named(written),
    deleted: named(Object.keys(before).filter((tag) => !(tag in after))),
    writers: [...new Set(done.map(({ user = "anonymous" }) => user))],
    tried: requests.length > 0,
  };
}

function named(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.map((tag) => tag.replace(/-[0-9a-f]{40}$/, "-*")))].sort();
}

async function readState(host: string): Promise<RegistryState> {
  const { username, password } = logins.write;
  const credential = { kind: "basic", username, password } as const;
  await using client = new RegistryClient({ credentials: () => Promise.resolve(credential) });
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  const response = await fetch(`http://${host}/v2/_catalog`, {
    headers: { authorization: `Basic ${basic}` },
  });
  const { repositories } = (await response.json()) as { readonly repositories: readonly string[] };
  const state: Record<string, string> = {};
  for (const path of repositories) {
    const repository = parseRepository(`${host}/${path}`);
    for (const tag of await client.listTags(repository)) {
      const found = await client.headManifest({ ...repository, tag });
      state[`${path}:${tag}`] = found?.digest ?? "missing";
    }
  }
  return state;
}
