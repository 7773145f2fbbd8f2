import * as v from "valibot";
import { key, listOrText, text, texts } from "./kinds.ts";
import { choice, mapping, readLater, waysOf } from "./shape.ts";

const targetEntries = {
  repository: key(
    text,
    "The repository to publish to, such as ghcr.io/acme/app. It can contain {name} and keys of the variant's matrix.",
  ),
  tags: key(
    listOrText,
    "Tag rules of docker/metadata-action: a list, or one per line. Default: type=schedule, and type=ref for branches, tags and pull requests.",
  ),
  flavor: key(listOrText, "docker/metadata-action's flavor: latest=auto, suffix=-alpine, …"),
  annotations: key(texts, "Annotations for the index."),
};

const targetKeys = mapping({
  ...targetEntries,
  shape: key(
    choice(["index", "manifest"]),
    "What to publish: index, or manifest for clients that do not support indexes (one platform only). Default: index.",
  ),
});

// Checked when a target is read, so that the rest of a target without it is checked, too.
const targetMap = v.pipe(targetKeys, v.metadata({ required: ["repository"] }));

export const targetSchema = waysOf([text, targetMap]);

export const publishSchema = waysOf([text, choice(["false"]), targetMap, v.array(targetSchema)]);

const previewKeys = mapping({
  ...targetEntries,
  repository: key(
    text,
    "A separate repository, written in full: the config on the default branch must name the same one.",
  ),
  tags: key(
    listOrText,
    "Tag rules of docker/metadata-action: a list, or one per line. Default: type=ref,event=pr.",
  ),
  expires: key(
    text,
    "How long after its last publication `layerkeep preview prune` deletes a preview, such as 7d. Default: never.",
  ),
});

const previewMap = v.pipe(previewKeys, v.metadata({ required: ["repository"] }));

export const previewTargetSchema = waysOf([text, previewMap]);

export const previewSchema = waysOf([
  text,
  choice(["false"]),
  previewMap,
  v.array(previewTargetSchema),
]);

/** Of a variant, the defaults or an import. */
const ownPublish = key(
  readLater(publishSchema),
  "Where the variant is published, instead of the top-level publish. false: it is built and staged, but never published.",
);

/** Of a variant, the defaults or an import. */
const ownPreview = key(
  readLater(previewSchema),
  "Where untrusted runs publish the variant, instead of the top-level preview. false: nowhere.",
);

export const ownTargets = { publish: ownPublish, preview: ownPreview };

export type RawTarget = v.InferOutput<typeof targetKeys>;
export type RawPreview = v.InferOutput<typeof previewKeys>;
