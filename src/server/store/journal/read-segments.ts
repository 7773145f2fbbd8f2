import { closeSync } from "node:fs";
import { type Chain, hasSalt, type Link, linkBytes, readChain, verifyChain } from "./chain.ts";
import { type Change, isOfChain } from "./records.ts";
import { listSegments, replaySegment, segmentPath } from "./segment.ts";

/** Where a record is: its segment, and where its content begins. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** Applies a record that is read. */
export type ApplyRead = (change: Change, place: Place) => void;

interface ReadOptions {
  readonly segmentBytes: number;
  readonly readOnly: boolean;
}

export interface ReadSegments {
  /** In order. Their files are open. */
  readonly links: readonly Link[];
  /** Segment files that do not belong to the journal. */
  readonly strays: readonly string[];
  /** Leftovers of a crash that nobody needs. */
  readonly leftOver: readonly string[];
  readonly lastNumber: number;
}

/**
 * Opens the segments in a folder and applies their records in order. Changes nothing. Throws a
 * usage error that names the file if one is damaged, missing or not the one that the journal had.
 */
export async function readSegments(
  folder: string,
  options: ReadOptions,
  apply: ApplyRead,
): Promise<ReadSegments> {
  const links: Link[] = [];
  try {
    return await readInto(links, folder, options, apply);
  } catch (error) {
    for (const { segment } of links) closeSync(segment.file);
    throw error;
  }
}

async function readInto(
  links: Link[],
  folder: string,
  { segmentBytes, readOnly }: ReadOptions,
  apply: ApplyRead,
): Promise<ReadSegments> {
  const numbers = await listSegments(folder);
  const scratch = Buffer.allocUnsafeSlow(numbers.length > 0 ? segmentBytes : 0);
  const chain = await readChain(folder, numbers, scratch);
  const beforeEmpty = chain?.isEmpty === true ? [...chain.expected.keys()].at(-1) : undefined;
  const [strays, leftOver]: [string[], string[]] = [[], []];
  let lastNumber = 0;
  for (const number of numbers) {
    const path = segmentPath(folder, number);
    if (isStray(chain, number)) {
      const wasDropped = await hasSalt(path, chain?.dropped.get(number));
      (wasDropped ? leftOver : strays).push(path);
      continue;
    }
    lastNumber = number;
    // A crash may have cut off the last write, or the record that names the last segment.
    const isLast = number === numbers.at(-1);
    const mostTorn = isLast ? Infinity : number === beforeEmpty ? linkBytes : 0;
    const how = { isLast, mostTorn, scratch, readOnly };
    let next: Link["next"];
    const segment = await replaySegment(path, number, how, ({ change, offset }) => {
      if (change.kind === "next") next = change;
      if (!isOfChain(change)) apply(change, { segment: number, offset });
    });
    if (segment === undefined) leftOver.push(path);
    else links.push({ segment, next });
  }
  verifyChain(folder, chain, links);
  return { links, strays, leftOver, lastNumber };
}

/** Whether the last segment does not name this one. */
function isStray(chain: Chain | undefined, number: number): boolean {
  return chain !== undefined && number < chain.last && !chain.expected.has(number);
}
