import { type ScriptedServer, startScript } from "../scripted-server.ts";
import { json } from "./shelf.ts";

interface Entry {
  readonly id: number;
  readonly ref: string;
  readonly key: string;
  readonly size_in_bytes: number;
  readonly last_accessed_at: string;
  readonly created_at: string;
}

/** A repository's caches, branches and pull requests, as GitHub's REST API tells and deletes them. */
export interface FakeActionsCaches {
  readonly server: ScriptedServer;
  readonly entries: Entry[];
  readonly branches: Set<string>;
  readonly openPulls: Set<number>;
  /** Whether the token may see branches and pull requests: `contents` and `pull-requests`. */
  seesCode: boolean;
  add(ref: string, key: string, size: number, lastUsed?: string): void;
}

export async function startFakeActionsCaches(limit?: {
  readonly max_cache_size_gb: number;
}): Promise<FakeActionsCaches> {
  const entries: Entry[] = [];
  const branches = new Set<string>();
  const openPulls = new Set<number>();
  const fake = { seesCode: true };
  const notFound = json(404, { message: "Not Found" });
  const server = await startScript(({ method, url, headers }) => {
    if (headers["authorization"] !== "Bearer secret") {
      return json(401, { message: "Bad credentials" });
    }
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const path = pathname.replace("/repos/acme/app", "").replace("/", "");
    if (`/${path}` === pathname) return notFound;
    if (path === "") return json(200, { default_branch: "main" });
    if (method === "DELETE") {
      const at = entries.findIndex(({ id }) => path === `actions/caches/${id}`);
      if (at < 0) return notFound;
      entries.splice(at, 1);
      return { status: 204 };
    }
    if (path === "actions/caches") {
      const size = Number(searchParams.get("per_page"));
      const start = (Number(searchParams.get("page")) - 1) * size;
      const actions_caches = entries.slice(start, start + size);
      return json(200, { total_count: entries.length, actions_caches });
    }
    if (path === "actions/cache/usage") {
      const active_caches_size_in_bytes = entries.reduce((sum, it) => sum + it.size_in_bytes, 0);
      return json(200, { active_caches_size_in_bytes, active_caches_count: entries.length });
    }
    if (path === "actions/cache/storage-limit") return limit ? json(200, limit) : notFound;
    if (!fake.seesCode) return notFound;
    const pull = /^pulls\/(\d+)$/.exec(path)?.[1];
    if (pull !== undefined) {
      return json(200, { state: openPulls.has(Number(pull)) ? "open" : "closed" });
    }
    const branch = /^git\/ref\/heads\/(.+)$/.exec(decodeURIComponent(path))?.[1];
    return branch !== undefined && branches.has(branch) ? json(200, {}) : notFound;
  });
  return Object.assign(fake, {
    server,
    entries,
    branches,
    openPulls,
    add(ref: string, key: string, size: number, lastUsed = "2026-11-26T00:00:00Z") {
      const times = { last_accessed_at: lastUsed, created_at: "2026-11-01T00:00:00Z" };
      entries.push({ id: 1000 + entries.length, ref, key, size_in_bytes: size, ...times });
    },
  });
}
