import type { Digest } from "../../../src/oci/digest.ts";
import {
  type ScriptedAnswer,
  type ScriptedServer,
  type SeenRequest,
  startScript,
} from "../scripted-server.ts";
import { json, Shelf } from "./shelf.ts";

export interface FakeGhcr extends ScriptedServer {
  readonly shelf: Shelf;
  /** Given in this order before the API answers for itself. */
  readonly instead: ScriptedAnswer[];
  /** Called before a version is read by itself: something happens meanwhile. */
  meanwhile: (() => void) | undefined;
  /** Versions with more than 5,000 downloads. */
  readonly popular: Set<Digest>;
  /** Requests that met the rate limit. */
  limited: number;
}

/** The scopes of a classic token. */
const tokens: Readonly<Record<string, readonly string[]>> = {
  "ghp-all": ["read:packages", "delete:packages"],
  "ghp-read": ["read:packages"],
  "ghp-none": [],
};

export interface FakeGhcrOptions {
  readonly owner: string;
  readonly ownerType: "Organization" | "User";
  readonly name: string;
  /** Whose token it is; undefined: a workflow's, which has no user. */
  readonly login?: string;
  readonly clock: () => number;
}

/** What GitHub lets through in a minute. */
const deletionsPerMinute = 180;

/**
 * GitHub's packages API (docs.github.com/rest/packages/packages) and the reading half of ghcr.io.
 * A version goes with all of its tags, and also when an index holds it; the last tagged one and
 * popular public ones give 400; 404 where a scope is missing; 403 with `Retry-After` past the
 * secondary rate limit (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api);
 * pages of at most 100, the newest first; DELETE on `/v2/` gives 405.
 */
export async function startFakeGhcr(options: FakeGhcrOptions): Promise<FakeGhcr> {
  const shelf = new Shelf(`${options.owner}/${options.name}`);
  const fake = { shelf, instead: [], meanwhile: undefined, popular: new Set<Digest>(), limited: 0 };
  const state: State = { ...options, fake, ids: new Map(), deletions: [] };
  const server = await startScript((request) => {
    if (request.url.startsWith("/v2/")) return shelf.read(request) ?? { status: 405 };
    return state.fake.instead.shift() ?? answer(state, request);
  });
  return Object.assign(fake, server);
}

type Fake = Pick<FakeGhcr, "shelf" | "instead" | "meanwhile" | "popular" | "limited">;

interface State extends FakeGhcrOptions {
  readonly fake: Fake;
  readonly ids: Map<Digest, number>;
  /** When versions were deleted. */
  readonly deletions: number[];
}

function answer(state: State, { method, url, headers }: SeenRequest): ScriptedAnswer {
  const { owner, ownerType, login, fake } = state;
  if (headers["user-agent"] === undefined) return json(403, { message: "User-Agent is missing" });
  const scopes = tokens[/^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1] ?? ""];
  if (scopes === undefined) return json(401, { message: "Bad credentials", status: "401" });
  const { pathname, searchParams } = new URL(url, "http://github");
  if (pathname === `/users/${owner}`) return json(200, { login: owner, type: ownerType });
  if (pathname === "/user") {
    return login === undefined
      ? json(403, { message: "Resource not accessible by integration" })
      : json(200, { login, type: "User" });
  }
  const own = login === owner && ownerType === "User" ? ["user"] : [];
  const place = ownerType === "Organization" ? `orgs/${owner}` : `users/${owner}`;
  const bases = [place, ...own].map(
    (base) => `/${base}/packages/container/${encodeURIComponent(state.name)}/versions`,
  );
  const base = bases.find((one) => pathname === one || pathname.startsWith(`${one}/`));
  if (base === undefined || !scopes.includes("read:packages")) return notFound;
  if (pathname === base) return list(state, searchParams);
  const id = Number(pathname.slice(base.length + 1));
  if (method === "GET") fake.meanwhile?.();
  const digest = fake.shelf.digests.find((one) => idOf(state, one) === id);
  if (digest === undefined) return notFound;
  if (method === "GET") return json(200, versionOf(state, digest));
  return scopes.includes("delete:packages") ? remove(state, digest) : notFound;
}

function list(state: State, query: URLSearchParams): ScriptedAnswer {
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const page = Number(query.get("page") ?? 1);
  const newestFirst = [...state.fake.shelf.digests].reverse();
  const shown = newestFirst.slice((page - 1) * size, page * size);
  return json(
    200,
    shown.map((digest) => versionOf(state, digest)),
  );
}

function remove({ fake, clock, deletions }: State, digest: Digest): ScriptedAnswer {
  const { shelf } = fake;
  const now = clock();
  if (deletions.filter((at) => at > now - 60_000).length >= deletionsPerMinute) {
    fake.limited++;
    const message = "You have exceeded a secondary rate limit.";
    return json(403, { message }, { "retry-after": "60" });
  }
  if (fake.popular.has(digest)) {
    const message =
      "Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.";
    return json(400, { message });
  }
  const tagged = shelf.digests.filter((one) => shelf.tagsOf(one).length > 0);
  if (tagged.length === 1 && tagged[0] === digest) {
    const message =
      "You cannot delete the last tagged version of a package. You must delete the package instead.";
    return json(400, { message });
  }
  deletions.push(now);
  shelf.remove(digest);
  return { status: 204 };
}

function versionOf(state: State, digest: Digest): object {
  const tags = state.fake.shelf.tagsOf(digest);
  const metadata = { package_type: "container", container: { tags } };
  return { id: idOf(state, digest), name: digest, metadata };
}

function idOf({ ids }: State, digest: Digest): number {
  const id = ids.get(digest) ?? 1000 + ids.size;
  ids.set(digest, id);
  return id;
}

const notFound = json(404, { message: "Package not found.", status: "404" });
