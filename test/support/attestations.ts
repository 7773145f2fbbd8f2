import { isAttestation } from "../../src/oci/manifest.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { testClient } from "./repository-state.ts";

/** The texts of the attestations of an image of one platform: in-toto statements. */
export async function attestationsOf(repository: string, tag: string): Promise<readonly string[]> {
  await using client = testClient();
  const at = parseRepository(repository);
  const index = await client.getManifest({ ...at, tag });
  const children = index?.manifest.kind === "index" ? index.manifest.content.manifests : [];
  const attestation = children.find(isAttestation);
  if (attestation === undefined) throw new Error(`${tag} has no attestation`);
  const found = await client.getManifest({ ...at, digest: attestation.digest });
  const layers = found?.manifest.kind === "manifest" ? found.manifest.content.layers : [];
  const bytes = await Promise.all(layers.map((layer) => client.readBlob(at, layer, 1 << 20)));
  return bytes.map(String);
}
