/**
 * Copies the image that the first argument names to the repository and tag of the second, all
 * certificates being good: what `skopeo copy` does. With a third argument, without ring sockets.
 */
import { parseReference } from "../../src/oci/reference.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { Copier } from "../../src/registry/copier.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";

const [from = "", to = "", switched] = process.argv.slice(2);
const source = parseReference(from);
const target = parseReference(to);
const insecure = [source.host, target.host];
await using client = new RegistryClient({
  credentials: anonymous,
  insecure,
  ringSockets: switched === undefined,
});
const found = await client.getManifest(source);
if (found === undefined) throw new Error(`${from} not found`);
const { bytes, manifest } = await new Copier(client).content(
  source,
  found.descriptor.digest,
  target,
);
await client.putManifest(target, { bytes, mediaType: manifest.mediaType, tag: target.tag });
