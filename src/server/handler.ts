import type { Gate } from "./access/gate.ts";
import { methodNotAllowed, Refusal } from "./http/refusal.ts";
import type { RegistryRequest } from "./http/request.ts";
import { type Reply, replyOfError, jsonReply } from "./http/reply.ts";
import type { Mirror } from "./mirror/mirror.ts";
import { parseRoute, type Route } from "./http/route.ts";
import { blobRoute } from "./routes/blobs.ts";
import { catalogRoute, referrersRoute, tagsRoute } from "./routes/lists.ts";
import { manifestRoute } from "./routes/manifests.ts";
import { uploadRoute, uploadsRoute } from "./routes/uploads.ts";
import type { Store } from "./store/store.ts";

export interface HandlerOptions {
  readonly store: Store;
  /** Who may do what. Without it, everyone may do everything. */
  readonly gate?: Gate | undefined;
  /** Called with every request; what it throws is the answer. */
  readonly refuse?: ((request: RegistryRequest) => void) | undefined;
  readonly readOnly?: boolean | undefined;
  /** Another registry that is read through this one. */
  readonly mirror?: Mirror | undefined;
}

/** Answers a request. Never rejects: every failure becomes an answer with the spec's error body. */
export type Handler = (request: RegistryRequest) => Promise<Reply>;

/** The registry as a function: OCI distribution spec 1.1. */
export function createHandler(options: HandlerOptions): Handler {
  const { store, gate, refuse, mirror, readOnly = false } = options;
  const serve = (request: RegistryRequest, route: Route): Promise<Reply> => {
    if (readOnly) requireReading(request);
    return dispatch(request, route, store, mirror);
  };
  return async (request) => {
    try {
      refuse?.(request);
      return await (gate === undefined
        ? serve(request, routeOf(request))
        : serveAdmitted(request, gate, serve));
    } catch (error) {
      return replyOfError(error);
    }
  };
}

/** Refuses callers without access before anything about the path is revealed. */
async function serveAdmitted(
  request: RegistryRequest,
  gate: Gate,
  serve: (request: RegistryRequest, route: Route) => Promise<Reply>,
): Promise<Reply> {
  const own = gate.answer(request);
  if (own !== undefined) return own;
  let route: Route | undefined;
  let bad: unknown;
  try {
    route = routeOf(request);
  } catch (error) {
    bad = error;
  }
  const caller = await gate.admit(request, route);
  if (route === undefined) throw bad;
  return serve({ ...request, caller }, route);
}

function routeOf({ path, note }: RegistryRequest): Route {
  const route = parseRoute(path);
  if (note !== undefined) note.route = route;
  return route;
}

async function dispatch(
  request: RegistryRequest,
  route: Route,
  store: Store,
  mirror: Mirror | undefined,
): Promise<Reply> {
  const mirrored = await mirror?.prepare(request, route);
  if (mirrored !== undefined) return mirrored;
  switch (route.kind) {
    case "base":
      requireRead(request);
      return jsonReply({});
    case "catalog":
      return catalogRoute(request, store);
    case "blob":
      return blobRoute(request, store, route);
    case "uploads":
      return uploadsRoute(request, store, route);
    case "upload":
      return uploadRoute(request, store, route);
    case "manifest":
      return manifestRoute(request, store, route);
    case "tags":
      return tagsRoute(request, store, route);
    case "referrers":
      return referrersRoute(request, store, route);
  }
}

/** Answers as the CNCF registry does in its read-only mode. */
function requireReading({ method }: RegistryRequest): void {
  if (method === "GET" || method === "HEAD") return;
  throw new Refusal(405, "UNSUPPORTED", "the registry is read-only", {
    headers: { allow: "GET, HEAD" },
  });
}

function requireRead({ method }: RegistryRequest): void {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(method, ["GET", "HEAD"]);
}
