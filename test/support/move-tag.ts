import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestOf } from "../../src/oci/digest.ts";
import type { Descriptor } from "../../src/oci/manifest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { parseReference, type Reference } from "../../src/oci/reference.ts";
import type { RegistryClient } from "../../src/registry/client.ts";
import { testEngine } from "./engine.ts";
import { describe } from "./images.ts";
import { testClient } from "./repository-state.ts";

interface Move {
  readonly client: RegistryClient;
  readonly from: Reference;
  readonly to: Reference;
  /** What the moved image has more than the base image: an archive of one file. */
  readonly tar: Buffer;
}

/**
 * Puts the base image under a tag of a test's own, each label as another image. Its files differ,
 * too: else BuildKit may find the steps on it in its cache. Returns its digest.
 */
export async function moveTag(to: string, label: string): Promise<string> {
  await using client = testClient();
  const from = parseReference(testEngine().baseImage.reference);
  const move: Move = { client, from, to: parseReference(to), tar: archiveOf(label) };
  const found = await client.getManifest(from);
  if (found?.manifest.kind !== "index") throw new Error("no base image");
  const { content, mediaType } = found.manifest;
  const manifests: Descriptor[] = [];
  for (const image of content.manifests) manifests.push(await moveImage(move, image));
  const bytes = Buffer.from(JSON.stringify({ ...content, manifests }));
  return (await client.putManifest(move.to, { bytes, mediaType, tag: move.to.tag })).digest;
}

async function moveImage({ client, from, to, tar }: Move, child: Descriptor): Promise<Descriptor> {
  const source = { host: from.host, path: from.path };
  const found = await client.getManifest({ ...source, digest: child.digest });
  if (found?.manifest.kind !== "manifest") throw new Error("no image");
  const { content } = found.manifest;
  for (const blob of content.layers) {
    if (await client.mountBlob(to, blob.digest, source)) continue;
    const bytes = await client.readBlob(source, blob, 64 << 20);
    await client.pushBlob(to, blob, () => bytes);
  }
  const push = async (bytes: Buffer, mediaType: string): Promise<Descriptor> => {
    const blob = describe(bytes, mediaType);
    await client.pushBlob(to, blob, () => bytes);
    return blob;
  };
  const config = JSON.parse(
    Buffer.from(await client.readBlob(source, content.config, 1 << 20)).toString(),
  ) as { rootfs: { diff_ids: string[] }; history?: object[] };
  config.rootfs.diff_ids.push(digestOf(tar));
  config.history?.push({ created_by: "COPY moved /moved" });
  const bytes = Buffer.from(
    JSON.stringify({
      ...content,
      config: await push(Buffer.from(JSON.stringify(config)), content.config.mediaType),
      layers: [...content.layers, await push(gzipSync(tar), mediaTypes.ociLayerGzip)],
    }),
  );
  await client.putManifest(to, { bytes, mediaType: child.mediaType });
  return { ...child, ...describe(bytes, child.mediaType) };
}

/** The same bytes for the same text. */
function archiveOf(text: string): Buffer {
  const dir = mkdtempSync(join(tmpdir(), "layerkeep-moved-"));
  try {
    writeFileSync(join(dir, "moved"), text);
    const options = ["--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=644"];
    return execFileSync("tar", ["-c", ...options, "-C", dir, "moved"], { stdio: "pipe" });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
