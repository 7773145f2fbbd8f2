import { parseReference, type Reference } from "../../src/oci/reference.ts";
import { testEngine } from "./engine.ts";
import { testClient } from "./repository-state.ts";

/** Puts the base image under a tag of a test's own, each label as another image. Returns its digest. */
export async function moveTag(to: string, label: string): Promise<string> {
  await using client = testClient();
  const source = parseReference(testEngine().baseImage.reference);
  const found = await client.getManifest(source);
  if (found === undefined) throw new Error("no base image");
  const target = parseReference(to);
  const { manifest } = found;
  const inner = manifest.kind === "index" ? manifest.content.manifests : [];
  for (const child of inner) {
    const image = await client.getManifest({ ...withoutTag(source), digest: child.digest });
    if (image?.manifest.kind !== "manifest") throw new Error("no image");
    for (const blob of [image.manifest.content.config, ...image.manifest.content.layers]) {
      if (!(await client.mountBlob(target, blob.digest, withoutTag(source)))) {
        const bytes = await client.readBlob(source, blob, 64 << 20);
        await client.pushBlob(target, blob, () => bytes);
      }
    }
    await client.putManifest(target, { bytes: image.bytes, mediaType: image.descriptor.mediaType });
  }
  const content = { ...manifest.content, annotations: { label } };
  const { digest } = await client.putManifest(target, {
    bytes: Buffer.from(JSON.stringify(content)),
    mediaType: manifest.mediaType,
    tag: target.tag,
  });
  return digest;
}

function withoutTag({ host, path }: Reference): Pick<Reference, "host" | "path"> {
  return { host, path };
}
