import { digestOf } from "../../src/oci/digest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import type { Script, SeenRequest, ScriptedAnswer } from "./scripted-server.ts";

/** Manifests of one repository, as a registry without a list of referrers keeps them. */
export interface ScriptedManifests {
  /** Answers what `fault` does not: a `fault` with the status 0 leaves the request to the store. */
  readonly script: Script;
  /** By tag and by digest. */
  readonly stored: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>;
}

export function scriptedManifests(fault: Script = () => ({ status: 0 })): ScriptedManifests {
  const stored: ScriptedManifests["stored"] = new Map();
  const script: Script = async (request, seen) => {
    const said = await fault(request, seen);
    return said === "hang up" || said.status !== 0 ? said : answer(stored, request);
  };
  return { script, stored };
}

function answer(stored: ScriptedManifests["stored"], request: SeenRequest): ScriptedAnswer {
  const { method, url, body, headers } = request;
  const name = decodeURIComponent(/\/manifests\/(.+)$/.exec(url)?.[1] ?? "");
  if (name === "") return { status: 404 };
  if (method === "PUT") {
    const mediaType = headers["content-type"] ?? "";
    for (const key of [name, digestOf(body)]) stored.set(key, { bytes: body, mediaType });
    return { status: 201 };
  }
  const found = stored.get(name);
  if (found === undefined) return { status: 404 };
  if (method === "DELETE") {
    for (const [key, { bytes }] of stored) if (bytes.equals(found.bytes)) stored.delete(key);
    return { status: 202 };
  }
  const digest = digestOf(found.bytes);
  const known = {
    "content-type": found.mediaType,
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  };
  if (headers["if-none-match"] === known.etag) return { status: 304, headers: known };
  if (method === "HEAD") {
    return { status: 200, headers: { ...known, "content-length": String(found.bytes.length) } };
  }
  return { status: 200, headers: known, body: found.bytes };
}

/** A manifest without layers that refers to a subject, or to none. */
export function artifact(options: {
  readonly name: string;
  readonly type?: string;
  readonly subject?: ReturnType<typeof digestOf>;
}) {
  const empty = Buffer.from("{}");
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf(empty), size: 2 };
  const mediaType = mediaTypes.ociManifest;
  const { subject } = options;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      ...(options.type === undefined ? {} : { artifactType: options.type }),
      config,
      layers: [],
      ...(subject === undefined ? {} : { subject: { mediaType, digest: subject, size: 1 } }),
      annotations: { name: options.name },
    }),
  );
  const digest = digestOf(bytes);
  return {
    push: { bytes, mediaType },
    descriptor: {
      mediaType,
      digest,
      size: bytes.length,
      artifactType: options.type ?? mediaTypes.ociEmpty,
      annotations: { name: options.name },
    },
  };
}
