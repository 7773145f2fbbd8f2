import { isDigest } from "../../../src/oci/digest.ts";
import {
  type ScriptedAnswer,
  type ScriptedServer,
  type SeenRequest,
  startScript,
} from "../scripted-server.ts";
import { at } from "../json.ts";
import { json, Shelf } from "./shelf.ts";

export interface FakeDockerHub extends ScriptedServer {
  readonly shelf: Shelf;
  /** Given in this order before the API answers for itself. */
  readonly instead: ScriptedAnswer[];
  readonly immutable: Set<string>;
  /** Tokens that were given out are not taken any more. */
  expireTokens(): void;
}

export const hubUser = { username: "acme", token: "dckr_pat_all" };
export const hubReader = { username: "acme", token: "dckr_pat_read" };

/**
 * Docker Hub's API (docs.docker.com/reference/api/hub/latest: "Create access token", "List
 * repository tags"), the deletion of a tag as docker/hub-tool asks for it, and the registry's
 * "Delete image manifest" (docs.docker.com/reference/api/registry/latest): 202, and 403 for what a
 * tag or an index still names. Pages of at most 100.
 */
export async function startFakeDockerHub(path: string): Promise<FakeDockerHub> {
  const shelf = new Shelf(path);
  const instead: ScriptedAnswer[] = [];
  const immutable = new Set<string>();
  const tokens = new Map<string, string>();
  const server = await startScript((request) => {
    if (request.url.includes("/manifests/"))
      return shelf.read(request) ?? ofRegistry(shelf, request);
    return instead.shift() ?? ofApi({ shelf, immutable, tokens }, request);
  });
  return { ...server, shelf, instead, immutable, expireTokens: () => tokens.clear() };
}

interface State extends Pick<FakeDockerHub, "shelf" | "immutable"> {
  readonly tokens: Map<string, string>;
}

function ofRegistry(shelf: Shelf, { method, url }: SeenRequest): ScriptedAnswer {
  const prefix = `/v2/${shelf.path}/manifests/`;
  if (!url.startsWith(prefix)) return { status: 404 };
  const name = url.slice(prefix.length);
  if (method !== "DELETE" || !isDigest(name)) return { status: 405 };
  if (!shelf.has(name)) return { status: 404 };
  const named = shelf.tagsOf(name).length > 0 || shelf.holders(name).length > 0;
  if (named) return json(403, { errors: [{ code: "DENIED", message: "manifest is referenced" }] });
  shelf.remove(name);
  return { status: 202 };
}

function ofApi(state: State, request: SeenRequest): ScriptedAnswer {
  const { shelf, tokens } = state;
  const url = new URL(request.url, "http://hub");
  if (url.pathname === "/v2/auth/token") return logIn(tokens, request);
  const secret = tokens.get(/^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
  if (secret === undefined) return json(401, { message: "unauthorized", errinfo: {} });
  const [namespace, name] = shelf.path.split("/");
  if (url.pathname === `/v2/namespaces/${namespace}/repositories/${name}/tags`) {
    return list(shelf, url.searchParams, `http://${request.headers.host ?? ""}${url.pathname}`);
  }
  const prefix = `/v2/repositories/${shelf.path}/tags/`;
  if (request.method !== "DELETE" || !url.pathname.startsWith(prefix)) return notFound;
  if (secret !== hubUser.token) {
    return json(403, { message: "access to the resource is forbidden", errinfo: {} });
  }
  const tag = url.pathname.slice(prefix.length).replace(/\/$/, "");
  if (state.immutable.has(tag)) return json(400, { message: "tag is immutable" });
  // The manifest stays, without a tag.
  return shelf.tags.delete(tag) ? { status: 204 } : notFound;
}

function logIn(tokens: Map<string, string>, { method, body }: SeenRequest): ScriptedAnswer {
  const identifier = at(body.toString("utf8"), "identifier");
  const secret = at(body.toString("utf8"), "secret");
  const known = [hubUser, hubReader].find((one) => one.token === secret);
  if (method !== "POST" || known === undefined || known.username !== identifier) {
    return json(401, { detail: "Incorrect authentication credentials" });
  }
  const token = `jwt-${tokens.size + 1}-${known.token.slice(-4)}`;
  tokens.set(token, known.token);
  return json(200, { access_token: token });
}

function list(shelf: Shelf, query: URLSearchParams, self: string): ScriptedAnswer {
  const size = Math.min(100, Number(query.get("page_size") ?? 10));
  const page = Number(query.get("page") ?? 1);
  const all = [...shelf.tags].map(([name, digest]) => ({
    name,
    digest,
    media_type: "",
    images: shelf.digests
      .filter((one) =>
        shelf.isIndex(digest) ? shelf.holders(one).includes(digest) : one === digest,
      )
      .map((one) => ({ digest: one })),
  }));
  const next = all.length > page * size ? `${self}?page=${page + 1}&page_size=${size}` : null;
  const results = all.slice((page - 1) * size, page * size);
  return json(200, { count: all.length, next, previous: null, results });
}

const notFound = json(404, { message: "object not found", errinfo: {} });
