import { FormatError } from "../../errors.ts";
import type { CacheContent, CacheForm } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";
import { LayerStates, type LayerTrouble } from "./layer-states.ts";
import { withoutUnusable } from "./usable.ts";

/** Something in a cache that an engine cannot use. */
export interface Fault {
  readonly kind: "link" | "input" | "layer" | "parent" | "record-cycle" | "layer-cycle" | "blob";
  /** Such as `records[3].inputs[0]`. */
  readonly where: string;
  /** One sentence. */
  readonly message: string;
  /**
   * Whether engines refuse the whole cache because of it. If not, they skip the results that need
   * what is missing, and import the rest.
   */
  readonly fatal: boolean;
}

/** The most faults to report: a broken config has one in each record. */
const mostFaults = 100;

/** A cache to examine, with its form if that is known. */
export type Examined = CacheContent & { readonly form?: CacheForm | undefined };

/**
 * The faults in a cache's config by BuildKit's rules (moby/buildkit,
 * cache/remotecache/v1/parse.go): positions out of range, empty inputs, cycles of records or of
 * used layers, and used layers whose blob has no descriptor. Faults in a layer that no record uses
 * do no harm. At most 100, in the order of the config.
 */
export function findFaults(content: Examined): readonly Fault[] {
  const faults: Fault[] = [];
  const tell = (fault: Fault): void => {
    if (faults.length < mostFaults) faults.push(fault);
  };
  const { layers, records } = content.config;
  const isGithub = content.form === "gha";
  // In GitHub's service, an engine requires a description of every layer, used or not.
  if (isGithub) {
    for (const [layer, { blob }] of layers.entries())
      if (!content.blobs.has(blob)) tell(layerFault(content, { layer, kind: "blob" }, true));
  }
  const states = new LayerStates(content, (trouble) => {
    if (!isGithub || trouble.kind !== "blob") tell(layerFault(content, trouble, false));
  });
  for (const [at, record] of records.entries()) {
    inputFaults(record, at, records, tell);
    resultFaults(record, at, content, states, tell);
  }
  for (const at of circles(records.length, (record) => linksOf(records, record))) {
    tell({
      kind: "record-cycle",
      where: `records[${at}].inputs`,
      message: `records[${at}] depends on itself`,
      fatal: true,
    });
  }
  return faults;
}

/**
 * The content without what engines ignore. Throws a format error with the first faults if engines
 * refuse to import it.
 */
export function requireSound<T extends Examined>(content: T, name: string): T {
  const faults = findFaults(content).filter(({ fatal }) => fatal);
  if (faults.length === 0) return withoutUnusable(content);
  const told = faults.slice(0, 3).map(({ message }) => message);
  const more = faults.length > told.length ? `, and ${faults.length - told.length} more` : "";
  throw new FormatError(`${name} is broken: ${told.join("; ")}${more}`, {
    hint: "no engine can import it: delete it, or run a build that writes it again",
  });
}

type Tell = (fault: Fault) => void;

function inputFaults(
  { inputs }: CacheRecord,
  at: number,
  records: readonly CacheRecord[],
  tell: Tell,
): void {
  for (const [number, links] of inputs.entries()) {
    const where = `records[${at}].inputs[${number}]`;
    if (links.length === 0) {
      tell({ kind: "input", where, message: `${where} has no links`, fatal: true });
    }
    for (const { link } of links) {
      if (!within(link, records.length)) tell(outOfRange("link", where, link, records.length));
      else if (isRandom(records[link])) {
        const message = `${where} refers to records[${link}], which has a random key`;
        tell({ kind: "link", where, message, fatal: true });
      }
    }
  }
}

function resultFaults(
  record: CacheRecord,
  at: number,
  { config: { layers }, blobs }: CacheContent,
  states: LayerStates,
  tell: Tell,
): void {
  for (const { layer } of record.layers) {
    if (within(layer, layers.length)) states.of(layer);
    else tell(outOfRange("layer", `records[${at}].layers`, layer, layers.length));
  }
  for (const chain of record.chains) {
    for (const layer of chain.layers) {
      const where = `records[${at}].chains`;
      const blob = layers[layer]?.blob;
      if (blob === undefined) tell(outOfRange("layer", where, layer, layers.length));
      else if (!blobs.has(blob)) {
        tell({
          kind: "blob",
          where,
          message: `${where} has ${unlisted(layer, blob)}`,
          fatal: false,
        });
        // The rest of the chain is not examined.
        break;
      }
    }
  }
}

/** Engines leave out a record with such a key, and refuse any record that follows from it. */
function isRandom(record: CacheRecord | undefined): boolean {
  return record?.digest.startsWith("random:") === true;
}

function linksOf(records: readonly CacheRecord[], record: number): readonly number[] {
  const { inputs = [] } = records[record] ?? {};
  return inputs.flatMap((links) =>
    links.map(({ link }) => link).filter((link) => within(link, records.length)),
  );
}

/** One node of each cycle. Uses its own stack: a chain may be as long as the config. */
function circles(size: number, next: (node: number) => readonly number[]): number[] {
  const done = new Uint8Array(size);
  const found: number[] = [];
  for (let root = 0; root < size; root++) {
    if (done[root] !== 0) continue;
    const path: { node: number; rest: number[] }[] = [{ node: root, rest: [...next(root)] }];
    done[root] = 1;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const node = top.rest.pop();
      if (node === undefined) {
        done[top.node] = 2;
        path.pop();
      } else if (done[node] === 1) {
        found.push(node);
      } else if (done[node] === 0) {
        done[node] = 1;
        path.push({ node, rest: [...next(node)] });
      }
    }
  }
  return [...new Set(found)];
}

function within(position: number, length: number): boolean {
  return position >= 0 && position < length;
}

function outOfRange(kind: Fault["kind"], where: string, position: number, length: number): Fault {
  return {
    kind,
    where,
    message: `${where} is out of range: ${position} of ${length}`,
    fatal: true,
  };
}

function layerFault(
  { config: { layers } }: CacheContent,
  { layer, kind }: LayerTrouble,
  isFatal: boolean,
): Fault {
  const where = kind === "blob" ? `layers[${layer}]` : `layers[${layer}].parent`;
  if (kind === "parent") return outOfRange(kind, where, layers[layer]?.parent ?? -1, layers.length);
  const message =
    kind === "blob"
      ? unlisted(layer, layers[layer]?.blob ?? "")
      : `layers[${layer}] is its own ancestor`;
  return { kind, where, message, fatal: kind === "layer-cycle" || isFatal };
}

function unlisted(layer: number, blob: string): string {
  return `layers[${layer}] is ${blob}, which the manifest does not list`;
}
