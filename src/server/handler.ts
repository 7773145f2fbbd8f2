import { type BasicAuth, requireBasicAuth } from "./auth.ts";
import {
  methodNotAllowed,
  type RegistryRequest,
  type Reply,
  replyOfError,
  jsonReply,
} from "./reply.ts";
import type { Mirror } from "./mirror/mirror.ts";
import { parseRoute } from "./route.ts";
import { blobRoute } from "./routes/blobs.ts";
import { catalogRoute, referrersRoute, tagsRoute } from "./routes/lists.ts";
import { manifestRoute } from "./routes/manifests.ts";
import { uploadRoute, uploadsRoute } from "./routes/uploads.ts";
import type { Store } from "./store/store.ts";

export interface HandlerOptions {
  readonly store: Store;
  readonly auth?: BasicAuth | undefined;
  readonly readOnly?: boolean | undefined;
  /** Another registry that is read through this one. */
  readonly mirror?: Mirror | undefined;
}

/** Answers a request. Never rejects: whatever goes wrong is an answer with the spec's error body. */
export type Handler = (request: RegistryRequest) => Promise<Reply>;

/** The registry as a function: OCI distribution spec 1.1. */
export function createHandler(options: HandlerOptions): Handler {
  const { store, auth, mirror, readOnly = false } = options;
  return async (request) => {
    try {
      if (auth !== undefined) requireBasicAuth(request, auth);
      if (readOnly) requireRead(request);
      return await dispatch(request, store, mirror);
    } catch (error) {
      return replyOfError(error);
    }
  };
}

async function dispatch(
  request: RegistryRequest,
  store: Store,
  mirror: Mirror | undefined,
): Promise<Reply> {
  const route = parseRoute(request.path);
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

function requireRead({ method }: RegistryRequest): void {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(method, ["GET", "HEAD"]);
}
