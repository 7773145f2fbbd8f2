import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { CacheContent } from "../content.ts";
import type { CacheRecord } from "../format/cache-config.ts";

/** Something in a cache that an engine refuses, which makes the whole cache useless. */
export interface Fault {
  readonly kind: "link" | "layer" | "parent" | "record-cycle" | "layer-cycle" | "blob";
  /** Such as `records[3].inputs[0]`. */
  readonly where: string;
  /** One sentence. */
  readonly message: string;
}

/** Faults that are told at most: a broken config has one in each record. */
const mostFaults = 100;

/**
 * What is wrong within a cache's config: positions out of range, parents or links that go in a
 * circle, layers whose blob nobody describes. At most 100, in the order of the config.
 */
export function findFaults({ config, blobs }: CacheContent): readonly Fault[] {
  const faults: Fault[] = [];
  const tell = (fault: Fault): void => {
    if (faults.length < mostFaults) faults.push(fault);
  };
  const { layers, records } = config;
  for (const [at, { blob, parent }] of layers.entries()) {
    if (parent < -1 || parent >= layers.length)
      tell(outOfRange("parent", `layers[${at}].parent`, parent, layers.length));
    if (!blobs.has(blob)) tell(unlisted(at, blob));
  }
  for (const [at, record] of records.entries()) rangesOf(record, at, config, tell);
  for (const at of circles(layers.length, (layer) => parentOf(layers, layer))) {
    tell({
      kind: "layer-cycle",
      where: `layers[${at}].parent`,
      message: `layers[${at}] lies on itself`,
    });
  }
  for (const at of circles(records.length, (record) => linksOf(records, record))) {
    tell({
      kind: "record-cycle",
      where: `records[${at}].inputs`,
      message: `records[${at}] follows from itself`,
    });
  }
  return faults;
}

/** The content, where nothing is wrong within it. Throws a format error that tells the first faults. */
export function requireSound<T extends CacheContent>(content: T, name: string): T {
  const faults = findFaults(content);
  if (faults.length === 0) return content;
  const told = faults.slice(0, 3).map(({ message }) => message);
  const more = faults.length > told.length ? `, and ${faults.length - told.length} more` : "";
  throw new FormatError(`${name} is broken: ${told.join("; ")}${more}`, {
    hint: "no engine can import it; build once with its export, or delete it",
  });
}

function rangesOf(
  record: CacheRecord,
  at: number,
  { layers, records }: CacheContent["config"],
  tell: (fault: Fault) => void,
): void {
  for (const { layer } of record.layers) {
    if (!within(layer, layers.length))
      tell(outOfRange("layer", `records[${at}].layers`, layer, layers.length));
  }
  for (const chain of record.chains) {
    for (const layer of chain.layers) {
      if (!within(layer, layers.length))
        tell(outOfRange("layer", `records[${at}].chains`, layer, layers.length));
    }
  }
  for (const [number, links] of record.inputs.entries()) {
    for (const { link } of links) {
      const where = `records[${at}].inputs[${number}]`;
      if (!within(link, records.length)) tell(outOfRange("link", where, link, records.length));
    }
  }
}

function parentOf(layers: CacheContent["config"]["layers"], layer: number): readonly number[] {
  const parent = layers[layer]?.parent ?? -1;
  return within(parent, layers.length) ? [parent] : [];
}

function linksOf(records: readonly CacheRecord[], record: number): readonly number[] {
  const { inputs = [] } = records[record] ?? {};
  return inputs.flatMap((links) =>
    links.map(({ link }) => link).filter((link) => within(link, records.length)),
  );
}

/**
 * One node of each circle, found with a stack of our own: a chain may be as long as the config.
 */
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
  return { kind, where, message: `${where} is ${position}, of ${length}` };
}

function unlisted(at: number, blob: Digest): Fault {
  return {
    kind: "blob",
    where: `layers[${at}]`,
    message: `layers[${at}] is ${blob}, which the manifest does not list`,
  };
}
