import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { digestOf } from "../../src/oci/digest.ts";
import { type Manifest, parseManifest } from "../../src/oci/manifest.ts";

const run = promisify(execFile);

/** What a client that we did not write finds under a reference. */
export interface Found {
  readonly digest: string;
  readonly manifest: Manifest;
}

/** A manifest as skopeo reads it. Throws where there is none. */
export async function skopeoManifest(reference: string): Promise<Found> {
  const { stdout } = await run("skopeo", [
    "inspect",
    "--raw",
    "--tls-verify=false",
    `docker://${reference}`,
  ]);
  return { digest: digestOf(stdout), manifest: parseManifest(stdout) };
}

/** An image's config as it is stored: what OCI's does not have, such as `OnBuild`, included. */
export async function skopeoConfig(reference: string): Promise<unknown> {
  const { stdout } = await run("skopeo", [
    "inspect",
    "--config",
    "--raw",
    "--tls-verify=false",
    `docker://${reference}`,
  ]);
  return JSON.parse(stdout);
}
