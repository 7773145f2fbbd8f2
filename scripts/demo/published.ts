import { rm } from "node:fs/promises";
import * as v from "valibot";
import { digestOf } from "../../src/oci/digest.ts";
import { type Descriptor, isAttestation, parseManifest } from "../../src/oci/manifest.ts";
import { formatPlatform } from "../../src/oci/platform.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { run } from "../engine/run.ts";
import { type Claims, sameTexts } from "./claims.ts";
import type { UpResult } from "./layerkeep.ts";

type Published = UpResult["published"][number];

const platforms = ["linux/amd64", "linux/arm64"];
const subjectAnnotation = "vnd.docker.reference.digest";
const predicateAnnotation = "in-toto.io/predicate-type";
const provenance = /^https:\/\/slsa\.dev\/provenance\//;

/** An in-toto statement, as far as it matters here (in-toto.io/Statement). */
const statementSchema = v.object({
  predicateType: v.string(),
  subject: v.array(v.object({ digest: v.object({ sha256: v.string() }) })),
});

/** An image's config, as far as it matters here (OCI image-spec, config.md). */
const configSchema = v.object({ rootfs: v.object({ diff_ids: v.array(v.string()) }) });

/**
 * Reads one published image in all its registries with skopeo, a client that is not ours, and
 * compares what is there with what a published image should be. `folder` is free for use.
 */
export async function checkPublished(
  { variant, targets }: Published,
  skopeo: string,
  folder: string,
  claims: Claims,
): Promise<void> {
  const digests = new Set<string>();
  for (const { repository, tags } of targets) {
    const index = await readTags(skopeo, repository, tags);
    for (const digest of index.digests) digests.add(digest);
    const images = index.children.filter((child) => !isAttestation(child));
    const found = images.map(({ platform }) => (platform ? formatPlatform(platform) : "none"));
    claims.check(
      `${repository}: skopeo finds two platforms and copies the complete image`,
      sameTexts(found, platforms) && (await copies(skopeo, repository, tags, folder)),
      found.join(", "),
    );
    const types = await provenanceOf(skopeo, repository, images, index.children);
    claims.check(
      `${repository}: each platform has provenance`,
      types.length === platforms.length && types.every((type) => provenance.test(type)),
      [...new Set(types)].join(", "),
    );
  }
  const names = targets.flatMap(({ tags }) => tags.map(({ tag }) => tag));
  claims.check(
    `${variant}: the digest that layerkeep printed is in ${targets.length} registries, under ${[...new Set(names)].join(" and ")}`,
    targets.length === 2 &&
      digests.size === 1 &&
      targets.every(({ digest }) => digests.has(digest)),
    [...digests].map((digest) => digest.slice(0, 19)).join(", "),
  );
}

/** Checks on each platform of a published image that its first layers are those of another one. */
export async function checkBuiltOn(
  child: string,
  parent: string,
  published: readonly Published[],
  skopeo: string,
  claims: Claims,
): Promise<void> {
  const layersOf = async (variant: string, architecture: string): Promise<readonly string[]> => {
    const { repository, tags } = published.find((one) => one.variant === variant)?.targets[0] ?? {};
    const source = `docker://${repository ?? variant}:${tags?.[0]?.tag ?? ""}`;
    const flags = [`--override-arch=${architecture}`, "--config", "--tls-verify=false"];
    const config = await run([skopeo, "inspect", ...flags, source], {
      purpose: `reading ${source}`,
    });
    return v.parse(configSchema, JSON.parse(config)).rootfs.diff_ids;
  };
  const found = platforms.map(async (platform) => {
    const architecture = platform.slice("linux/".length);
    const own = await layersOf(child, architecture);
    const below = await layersOf(parent, architecture);
    return own.length > below.length && below.every((layer, index) => own[index] === layer);
  });
  claims.check(
    `${child}: starts with the layers of ${parent} on each platform`,
    (await Promise.all(found)).every(Boolean),
  );
}

type Tags = Published["targets"][number]["tags"];

/** The digests of a repository's tags, and what the first of them holds. */
async function readTags(skopeo: string, repository: string, tags: Tags) {
  const texts = await Promise.all(tags.map(({ tag }) => inspect(skopeo, `${repository}:${tag}`)));
  const manifest = parseManifest(texts[0] ?? "");
  return {
    digests: texts.map((text) => digestOf(text)),
    children: manifest.kind === "index" ? manifest.content.manifests : [],
  };
}

/** The predicate types of the statements that are about these images, one for each that has one. */
async function provenanceOf(
  skopeo: string,
  repository: string,
  images: readonly Descriptor[],
  children: readonly Descriptor[],
): Promise<string[]> {
  const types = images.map(async ({ digest }) => {
    const about = children.find(
      (child) => isAttestation(child) && child.annotations?.[subjectAnnotation] === digest,
    );
    if (about === undefined) return [];
    const manifest = parseManifest(await inspect(skopeo, `${repository}@${about.digest}`));
    const layers = manifest.kind === "manifest" ? manifest.content.layers : [];
    const layer = layers.find(({ annotations }) =>
      provenance.test(annotations?.[predicateAnnotation] ?? ""),
    );
    if (layer === undefined) return [];
    const { predicateType, subject } = await readStatement(repository, layer);
    return subject.some(({ digest: of }) => `sha256:${of.sha256}` === digest)
      ? [predicateType]
      : [];
  });
  return (await Promise.all(types)).flat();
}

async function readStatement(repository: string, { digest }: Descriptor) {
  const { host, path } = parseRepository(repository);
  const response = await fetch(`http://${host}/v2/${path}/blobs/${digest}`);
  return v.parse(statementSchema, await response.json());
}

function inspect(skopeo: string, reference: string): Promise<string> {
  const argv = [skopeo, "inspect", "--raw", "--tls-verify=false", `docker://${reference}`] as const;
  return run(argv, { purpose: `reading ${reference}` });
}

/** Reads every byte; skopeo holds each against its digest. */
async function copies(
  skopeo: string,
  repository: string,
  tags: Tags,
  folder: string,
): Promise<boolean> {
  const source = `docker://${repository}:${tags[0]?.tag ?? ""}`;
  const flags = ["--all", "--preserve-digests", "--src-tls-verify=false", "--quiet"];
  await run([skopeo, "copy", ...flags, source, `dir:${folder}`], { purpose: `copying ${source}` });
  await rm(folder, { recursive: true });
  return true;
}
