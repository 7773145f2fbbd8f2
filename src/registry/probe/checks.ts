import { randomBytes } from "node:crypto";
import { digestOf } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { Repository } from "../../oci/reference.ts";
import type { Finding, FindingId } from "./finding.ts";
import { type ProbeSession, type Reply, saidOf } from "./probe-session.ts";

type Found = Pick<Finding, "outcome" | "detail" | "advice">;

/** One property to test with real requests. */
export interface Check {
  readonly id: FindingId;
  readonly title: string;
  readonly run: (session: ProbeSession) => Promise<Found>;
}

/** All checks in order. `second` is a repository to mount from. */
export function checksOf(second: Repository | undefined): readonly Check[] {
  return [
    { id: "oci-image", title: "accepts OCI images", run: ociImage },
    { id: "anonymous-read", title: "can be read without a login", run: anonymousRead },
    { id: "token-host", title: "gets its tokens from its own host", run: tokenHost },
    { id: "artifact", title: "accepts artifacts (build logs)", run: artifact },
    { id: "image-manifest-cache", title: "accepts caches as image manifests", run: imageCache },
    { id: "index-cache", title: "accepts caches as indexes", run: indexCache },
    { id: "nested-index", title: "accepts nested indexes", run: nestedIndex },
    { id: "overwrite-tag", title: "allows tags to be moved", run: overwriteTag },
    { id: "list-tags", title: "lists tags", run: listTags },
    { id: "mount", title: "mounts blobs between repositories", run: (s) => mount(s, second) },
    { id: "chunked-upload", title: "accepts uploads in chunks", run: chunkedUpload },
    { id: "range", title: "serves parts of a blob", run: range },
    { id: "conditional-read", title: "supports conditional requests", run: conditionalRead },
    { id: "referrers", title: "lists referrers", run: referrers },
    { id: "delete-tag", title: "deletes a single tag", run: deleteTag },
    { id: "delete-manifest", title: "deletes manifests", run: deleteManifest },
  ];
}

async function ociImage(session: ProbeSession): Promise<Found> {
  const pushed = await session.pushImage(session.tag("image"));
  const read = await session.read(session.tag("image"));
  if (read === pushed.digest) return yes("the pushed image was read back byte for byte");
  return no(
    read === undefined ? "the tag was not found right after the push" : `it returns ${read}`,
    "use another registry for staged legs: digests would differ between registries",
  );
}

async function anonymousRead(session: ProbeSession): Promise<Found> {
  await session.pushImage(session.tag("public"));
  const read = await session.read(session.tag("public"), "anonymous").catch(() => undefined);
  if (read !== undefined) return yes("a request without credentials succeeded");
  return no(
    "a request without credentials was refused",
    "make the repository public (on GHCR, in the package settings); otherwise, pull requests from forks build without a cache, because they have no credentials",
  );
}

/** Runs after the first checks, which met any challenge. */
function tokenHost(session: ProbeSession): Promise<Found> {
  const host = session.otherTokenHost();
  if (host === undefined)
    return Promise.resolve(yes("the credentials are not sent to any other host"));
  return Promise.resolve(
    no(
      `the registry gets its tokens from ${host}, which receives the credentials for ${session.repository.host}`,
      "check that this host belongs to the registry, as auth.docker.io belongs to docker.io; Docker also sends the credentials there",
    ),
  );
}

async function artifact(session: ProbeSession): Promise<Found> {
  const config = await session.pushBlob(mediaTypes.ociEmpty, Buffer.from("{}"));
  const layer = await session.pushBlob("application/vnd.layerkeep.probe.v1+json");
  const artifactType = "application/vnd.layerkeep.probe.v1+json";
  const content = { mediaType: mediaTypes.ociManifest, artifactType, config, layers: [layer] };
  const { reply } = await session.pushManifest(content, session.tag("artifact"));
  return taken(reply, "use another repository for build logs, or expect a warning from each build");
}

async function imageCache(session: ProbeSession): Promise<Found> {
  const config = await session.pushBlob(mediaTypes.buildkitCache, cacheConfig());
  const layer = await session.pushBlob(mediaTypes.ociLayerGzip);
  const content = { mediaType: mediaTypes.ociManifest, config, layers: [layer] };
  const { reply } = await session.pushManifest(content, session.tag("cache"));
  return taken(reply, "set image-manifest: false, because caches there must be indexes");
}

async function indexCache(session: ProbeSession): Promise<Found> {
  const config = await session.pushBlob(mediaTypes.buildkitCache, cacheConfig());
  const layer = await session.pushBlob(mediaTypes.ociLayerGzip);
  const content = { mediaType: mediaTypes.ociIndex, manifests: [layer, config] };
  const { reply } = await session.pushManifest(content, session.tag("index-cache"));
  return taken(reply, "use image manifests for caches, the default since BuildKit 0.21");
}

async function nestedIndex(session: ProbeSession): Promise<Found> {
  const image = await session.pushImage();
  const mediaType = mediaTypes.ociIndex;
  const inner = await session.pushManifest({ mediaType, manifests: [image] });
  if (inner.reply.status >= 300)
    return refused(inner.reply, "use another registry for multi-platform images");
  const outer = { mediaType, manifests: [inner.descriptor] };
  const { reply } = await session.pushManifest(outer, session.tag("nested"));
  return taken(reply, "nothing to do: Layerkeep does not publish nested indexes");
}

async function overwriteTag(session: ProbeSession): Promise<Found> {
  const tag = session.tag("moved");
  await session.pushImage(tag);
  const layer = await session.pushBlob(mediaTypes.ociLayerGzip);
  const config = await session.pushBlob(mediaTypes.ociConfig);
  const content = { mediaType: mediaTypes.ociManifest, config, layers: [layer] };
  const { reply, descriptor } = await session.pushManifest(content, tag);
  const advice =
    "allow cache and branch tags to be moved (ECR: tag mutability MUTABLE, or exclude their tags), or use another repository for them";
  if (reply.status >= 300) return refused(reply, advice);
  if ((await session.read(tag)) === descriptor.digest)
    return yes("the tag now points to the newer image");
  return no("the push was accepted, but the tag still points to the older image", advice);
}

async function listTags(session: ProbeSession): Promise<Found> {
  const reply = await session.ask({ method: "GET", target: "tags/list?n=1000" });
  const advice = "nothing to do: Layerkeep requests each tag separately, which takes longer";
  if (reply.status !== 200) return refused(reply, advice);
  // The list may be long, so only its beginning is read.
  if (/"tags"\s*:\s*\[/.test(reply.body.toString("utf8"))) return yes("the list was returned");
  return no("the response is not a list of tags", advice);
}

async function mount(session: ProbeSession, second: Repository | undefined): Promise<Found> {
  const from = second ?? session.repository;
  const where = second === undefined ? "within the repository" : `from ${second.path}`;
  const blob = second === undefined ? await session.pushBlob(mediaTypes.ociLayerGzip) : undefined;
  const digest = blob?.digest ?? (await session.pushElsewhere(from));
  const query = new URLSearchParams({ mount: digest, from: from.path });
  const reply = await session.ask({
    method: "POST",
    target: `blobs/uploads/?${query.toString()}`,
    body: new Uint8Array(),
    from,
  });
  if (reply.status === 201) {
    session.noteBlob(digest);
    return yes(`it was mounted ${where}`);
  }
  await session.cancel(reply);
  return no(
    `it did not mount ${where}: ${saidOf(reply)}`,
    "nothing to do: publishing to another repository in this registry uploads the blobs again",
  );
}

async function chunkedUpload(session: ProbeSession): Promise<Found> {
  const [first, rest] = [randomBytes(5 << 10), randomBytes(3 << 10)];
  const digest = digestOf(Buffer.concat([first, rest]));
  const advice = "nothing to do: an interrupted upload starts over";
  let reply = await session.ask({
    method: "POST",
    target: "blobs/uploads/",
    body: new Uint8Array(),
  });
  let sent = 0;
  for (const body of [first, rest]) {
    const location = session.locationOf(reply);
    if (location === undefined) return refused(reply, advice);
    reply = await session.ask({
      method: "PATCH",
      target: location,
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${sent}-${sent + body.length - 1}`,
      },
      body,
    });
    sent += body.length;
    if (reply.status >= 300) return refused(reply, advice);
  }
  const location = session.locationOf(reply);
  if (location === undefined) return no("it does not return the upload location", advice);
  location.searchParams.set("digest", digest);
  const done = await session.ask({ method: "PUT", target: location, body: new Uint8Array() });
  if (done.status >= 300) return refused(done, advice);
  session.noteBlob(digest);
  return yes("two chunks became one blob");
}

async function range(session: ProbeSession): Promise<Found> {
  const content = randomBytes(64);
  const { digest } = await session.pushBlob(mediaTypes.ociLayerGzip, content);
  const reply = await session.ask({
    method: "GET",
    target: `blobs/${digest}`,
    headers: { range: "bytes=10-19" },
  });
  const advice = "nothing to do: an interrupted download starts over";
  if (reply.status === 206 && reply.body.equals(content.subarray(10, 20)))
    return yes("the ten bytes were returned");
  if (reply.status === 200) return no("it returns the whole blob", advice);
  return refused(reply, advice);
}

async function conditionalRead(session: ProbeSession): Promise<Found> {
  const { digest } = await session.pushImage(session.tag("known"));
  const target = `manifests/${session.tag("known")}`;
  const headers = { accept: mediaTypes.ociManifest, "if-none-match": `"${digest}"` };
  const reply = await session.ask({ method: "GET", target, headers });
  if (reply.status === 304) return yes("it does not send unchanged content again");
  if (reply.status === 200) return no("it sends unchanged content again");
  return refused(reply);
}

async function referrers(session: ProbeSession): Promise<Found> {
  const subject = await session.pushImage(session.tag("subject"));
  const config = await session.pushBlob(mediaTypes.ociEmpty, Buffer.from("{}"));
  const artifactType = "application/vnd.layerkeep.probe.v1+json";
  const content = {
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config,
    layers: [config],
    subject,
  };
  const { reply, descriptor } = await session.pushManifest(content);
  const advice =
    "nothing to do: Layerkeep is not affected, but other tools store signatures and attestations under fallback tags there";
  if (reply.status >= 300) return refused(reply, advice);
  const list = await session.ask({ method: "GET", target: `referrers/${subject.digest}` });
  if (list.status !== 200) return refused(list, advice);
  const manifest = parseManifest(list.body);
  const found =
    manifest.kind === "index" &&
    manifest.content.manifests.some(({ digest }) => digest === descriptor.digest);
  return found
    ? yes("the referrer is in the list")
    : no("the referrer is missing from the list", advice);
}

async function deleteTag(session: ProbeSession): Promise<Found> {
  const tag = session.tag("deleted");
  const { digest } = await session.pushImage(tag);
  const reply = await session.ask({ method: "DELETE", target: `manifests/${tag}` });
  const advice = "delete old legs and caches by digest, or through the provider's own API";
  if (![200, 202, 204].includes(reply.status)) return refused(reply, advice);
  session.forget({ tag });
  if ((await session.read(tag)) !== undefined)
    return no("it reported success, but the tag still exists", advice);
  if ((await session.read(digest)) !== undefined)
    return yes("the tag was deleted, and the manifest was kept");
  session.forget({ manifest: digest });
  return no(
    "the manifest was deleted with the tag; any other tags of the manifest would also be deleted",
    advice,
  );
}

async function deleteManifest(session: ProbeSession): Promise<Found> {
  const { digest } = await session.pushImage();
  const reply = await session.ask({ method: "DELETE", target: `manifests/${digest}` });
  const advice = "delete old content through the provider's own API, or with its cleanup rules";
  if (![200, 202, 204].includes(reply.status)) return refused(reply, advice);
  if ((await session.read(digest)) !== undefined)
    return no("it reported success, but the manifest still exists", advice);
  session.forget({ manifest: digest });
  return yes("the manifest was deleted");
}

/**
 * An empty cache: moby/buildkit, cache/remotecache/v1. Its content is unique, so that it may be
 * deleted.
 */
function cacheConfig(): Buffer {
  const digest = digestOf(randomBytes(16));
  return Buffer.from(JSON.stringify({ layers: [], records: [{ digest }] }));
}

function taken(reply: Reply, advice: string): Found {
  return reply.status < 300 ? yes("the push was accepted") : refused(reply, advice);
}

function yes(detail: string): Found {
  return { outcome: "yes", detail };
}

function no(detail: string, advice?: string): Found {
  return { outcome: "no", detail, ...(advice === undefined ? {} : { advice }) };
}

function refused(reply: Reply, advice?: string): Found {
  return no(`it returned ${saidOf(reply)}`, advice);
}
