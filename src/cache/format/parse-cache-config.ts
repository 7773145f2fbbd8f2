import { FormatError } from "../../errors.ts";
import { isDigest } from "../../oci/digest.ts";
import {
  type CacheConfigV0,
  type CacheLayer,
  type CacheRecord,
  type ChainResult,
  type LayerAnnotations,
  type LayerResult,
  type RecordInput,
  type UnknownFields,
  largestConfig,
  mostEntries,
} from "./cache-config.ts";

/**
 * Parses a cache config. Throws a format error if it is invalid, truncated, or larger than any
 * engine would read. Unknown fields are kept.
 */
export function parseCacheConfig(bytes: Uint8Array | string): CacheConfigV0 {
  if (bytes.length > largestConfig) {
    throw notConfig(`it is ${bytes.length} bytes, but the limit is ${largestConfig}`);
  }
  return configOf(parseJson(bytes));
}

/** Parses only the records, as an image's config carries them. Throws a format error. */
export function parseCacheRecords(bytes: Uint8Array | string): readonly CacheRecord[] {
  const value = parseJson(bytes);
  return recordsOf(value, createBudget());
}

function configOf(value: unknown): CacheConfigV0 {
  const { layers, records, ...rest } = object(value, "it");
  const spend = createBudget();
  return {
    layers: list(layers, "layers").map((layer, at) => layerOf(layer, at, spend)),
    records: recordsOf(records, spend),
    ...unknown(rest),
  };
}

function recordsOf(value: unknown, spend: Spend): CacheRecord[] {
  return list(value, "records").map((record, at) => recordOf(record, at, spend));
}

function layerOf(value: unknown, at: number, spend: Spend): CacheLayer {
  const where = `layers[${at}]`;
  spend(1);
  // Go omits a parent of 0.
  const { blob, parent = 0, annotations, ...rest } = object(value, where);
  if (typeof blob !== "string" || !isDigest(blob)) throw notConfig(`${where} has no blob`);
  return {
    blob,
    parent: whole(parent, `${where}.parent`),
    ...(annotations === undefined || annotations === null
      ? {}
      : { annotations: annotationsOf(annotations, `${where}.annotations`) }),
    ...unknown(rest),
  };
}

function annotationsOf(value: unknown, where: string): LayerAnnotations {
  const { mediaType, diffID, size, createdAt, ...rest } = object(value, where);
  if (diffID !== undefined && diffID !== "" && (typeof diffID !== "string" || !isDigest(diffID))) {
    throw notConfig(`${where}.diffID is not a valid digest`);
  }
  return {
    ...(mediaType === undefined ? {} : { mediaType: text(mediaType, `${where}.mediaType`) }),
    ...(diffID === undefined || diffID === "" ? {} : { diffID }),
    ...(size === undefined ? {} : { size: whole(size, `${where}.size`) }),
    ...time(createdAt, where),
    ...unknown(rest),
  };
}

function recordOf(value: unknown, at: number, spend: Spend): CacheRecord {
  const where = `records[${at}]`;
  const { digest, layers, chains, inputs, ...rest } = object(value, where);
  const record = {
    digest: text(digest, `${where}.digest`),
    layers: list(layers, `${where}.layers`).map((result) => layerResultOf(result, where)),
    chains: list(chains, `${where}.chains`).map((result) => chainResultOf(result, where)),
    inputs: list(inputs, `${where}.inputs`).map((input) =>
      list(input, `${where}.inputs`).map((link) => inputOf(link, where)),
    ),
    ...unknown(rest),
  };
  spend(
    1 +
      record.layers.length +
      record.chains.reduce((sum, { layers: { length } }) => sum + length, 0) +
      record.inputs.reduce((sum, { length }) => sum + 1 + length, 0),
  );
  return record;
}

function layerResultOf(value: unknown, where: string): LayerResult {
  const { layer = 0, createdAt, ...rest } = object(value, `${where}.layers`);
  return {
    layer: whole(layer, `${where}.layers.layer`),
    ...time(createdAt, where),
    ...unknown(rest),
  };
}

function chainResultOf(value: unknown, where: string): ChainResult {
  const { layers, createdAt, ...rest } = object(value, `${where}.chains`);
  return {
    layers: list(layers, `${where}.chains.layers`).map((layer) =>
      whole(layer, `${where}.chains.layers`),
    ),
    ...time(createdAt, where),
    ...unknown(rest),
  };
}

function inputOf(value: unknown, where: string): RecordInput {
  const { selector, link = 0, ...rest } = object(value, `${where}.inputs`);
  return {
    ...(selector === undefined || selector === ""
      ? {}
      : { selector: text(selector, `${where}.inputs.selector`) }),
    link: whole(link, `${where}.inputs.link`),
    ...unknown(rest),
  };
}

type Spend = (entries: number) => void;

/** Small JSON can contain very many entries: `[[],[],…]`. */
function createBudget(): Spend {
  let left = mostEntries;
  return (entries) => {
    left -= entries;
    if (left < 0) throw notConfig(`more than ${mostEntries} entries`);
  };
}

function parseJson(bytes: Uint8Array | string): unknown {
  const json = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw notConfig("invalid or truncated JSON", cause);
  }
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw notConfig(`${where} is not an object`);
  }
  return Object.fromEntries(Object.entries(value));
}

/** Go writes an empty list as null, or omits it. */
function list(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw notConfig(`${where} is not a list`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value !== "string") throw notConfig(`${where} is not a string`);
  return value;
}

function whole(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw notConfig(`${where} is not an integer`);
  }
  return value;
}

function time(value: unknown, where: string): { createdAt?: string } {
  if (value === undefined || value === null || value === "") return {};
  return { createdAt: text(value, `${where}.createdAt`) };
}

function unknown(rest: UnknownFields): { unknown?: UnknownFields } {
  return Object.keys(rest).length === 0 ? {} : { unknown: rest };
}

function notConfig(why: string, cause?: unknown): FormatError {
  return new FormatError(`not a BuildKit cache config: ${why}`, { cause });
}
