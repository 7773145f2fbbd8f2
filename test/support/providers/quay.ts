import {
  type ScriptedAnswer,
  type ScriptedServer,
  type SeenRequest,
  startScript,
} from "../scripted-server.ts";
import { json, Shelf } from "./shelf.ts";

export interface FakeQuay extends ScriptedServer {
  readonly shelf: Shelf;
  /** When tags expire, in seconds since 1970. */
  readonly expirations: Map<string, number | null>;
  /** Given in this order before the API answers for itself. */
  readonly instead: ScriptedAnswer[];
  readonly immutable: Set<string>;
}

export const quayToken = "quay-oauth-token";
export const quayReadToken = "quay-read-token";

/**
 * Quay's REST API, as its documentation has it (docs.redhat.com, Red Hat Quay API reference,
 * "tag": listRepoTags, changeTag, deleteFullTag) and quay/quay's endpoints/api/tag.py: pages of at
 * most 100 whatever is asked for, 204 for a deletion, 201 for a change, errors as in
 * endpoints/exception.py. A manifest is collected once neither a tag nor an index names it.
 */
export async function startFakeQuay(path: string, clock: () => number): Promise<FakeQuay> {
  const shelf = new Shelf(path);
  const expirations = new Map<string, number | null>();
  const instead: ScriptedAnswer[] = [];
  const immutable = new Set<string>();
  const server = await startScript((request) => {
    const read = shelf.read(request);
    return read ?? instead.shift() ?? answer({ shelf, expirations, immutable, clock }, request);
  });
  return { ...server, shelf, expirations, instead, immutable };
}

interface State extends Pick<FakeQuay, "shelf" | "expirations" | "immutable"> {
  readonly clock: () => number;
}

function answer(state: State, request: SeenRequest): ScriptedAnswer {
  const { shelf } = state;
  const url = new URL(request.url, "http://quay");
  const [, path, tag] = /^\/api\/v1\/repository\/(.+)\/tag\/([^/]*)$/.exec(url.pathname) ?? [];
  if (path === undefined || tag === undefined) return error(404, "not_found", "Not Found");
  const { authorization } = request.headers;
  const known = [`Bearer ${quayToken}`, `Bearer ${quayReadToken}`];
  if (!known.includes(authorization ?? "")) {
    return error(401, "invalid_token", "Invalid bearer token");
  }
  if (path !== shelf.path) return error(404, "not_found", "Not Found");
  if (request.method === "GET") return list(shelf, url.searchParams);
  if (authorization !== `Bearer ${quayToken}`) {
    return error(403, "insufficient_scope", "Unauthorized");
  }
  if (!shelf.tags.has(tag)) return error(404, "not_found", "Not Found");
  if (state.immutable.has(tag)) return error(409, "invalid_request", `Tag ${tag} is immutable`);
  return request.method === "PUT" ? change(state, tag, request.body) : remove(shelf, tag);
}

function list(shelf: Shelf, query: URLSearchParams): ScriptedAnswer {
  const limit = Math.min(100, Math.max(1, Number(query.get("limit") ?? 50)));
  const page = Math.max(1, Number(query.get("page") ?? 1));
  const all = [...shelf.tags].map(([name, digest]) => ({
    name,
    reversion: false,
    start_ts: 1,
    manifest_digest: digest,
    is_manifest_list: shelf.isIndex(digest),
  }));
  // The history of what is dead comes too, unless it is asked not to.
  const dead = {
    name: "dead",
    reversion: false,
    end_ts: 2,
    manifest_digest: all[0]?.manifest_digest,
  };
  const shown = query.get("onlyActiveTags") === "true" ? all : [dead, ...all];
  const tags = shown.slice((page - 1) * limit, page * limit);
  return json(200, { tags, page, has_additional: shown.length > page * limit });
}

function change({ expirations, clock }: State, tag: string, body: Buffer): ScriptedAnswer {
  const value: unknown = JSON.parse(body.toString("utf8"));
  const expiration =
    typeof value === "object" && value !== null && "expiration" in value ? value.expiration : "";
  if (expiration !== null && typeof expiration !== "number") {
    return error(400, "invalid_request", "expiration is no number");
  }
  if (expiration !== null && expiration * 1000 <= clock()) {
    return error(400, "invalid_request", "Invalid expiration");
  }
  expirations.set(tag, expiration);
  return json(201, "Updated");
}

function remove(shelf: Shelf, tag: string): ScriptedAnswer {
  shelf.tags.delete(tag);
  for (;;) {
    const idle = shelf.digests.filter(
      (digest) => shelf.tagsOf(digest).length === 0 && shelf.holders(digest).length === 0,
    );
    if (idle.length === 0) return { status: 204 };
    for (const digest of idle) shelf.remove(digest);
  }
}

function error(status: number, type: string, message: string): ScriptedAnswer {
  return json(status, {
    status,
    error_type: type,
    error_message: message,
    detail: message,
    title: type,
    type: `https://quay.io/api/v1/error/${type}`,
  });
}
