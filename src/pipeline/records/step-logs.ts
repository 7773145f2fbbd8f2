import { count } from "../../count.ts";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type ClippedLines, clipTogether } from "../../buildkit/progress/clipped-lines.ts";
import type { StepLog } from "../../buildkit/progress/progress.ts";
import { FormatError } from "../../errors.ts";
import { harmless } from "../../harmless.ts";
import type { Mask } from "../../secrets.ts";

export const stepLogsMediaType = "application/vnd.layerkeep.step-logs.v1+json+gzip";

/** What the steps of a build printed, as stored beside its record. */
export interface StepLogs {
  readonly schema: "layerkeep.step-logs.v1";
  /** In the order of their first lines. Two steps may have the same name. */
  readonly steps: readonly PrintedStep[];
}

export interface PrintedStep {
  /** As in the record. */
  readonly step: string;
  /** Lines, without control characters except for tabs and SGR sequences (colours). */
  readonly log: string;
}

/** Bytes of a build's step logs, before compression. */
const mostBytes = 4 << 20;
/** JSON may write a character as six. */
const mostUnpacked = 6 * mostBytes + (1 << 20);
/** The largest compressed step logs that are read. */
export const largestStepLogs = mostBytes + (1 << 20);

/**
 * What is kept of the step logs of a build: at most 4 MiB, without secrets. Its lines are
 * masked already; those that span lines are masked here, and a log that has one loses its colours.
 */
export function keepStepLogs(logs: readonly StepLog[], mask: Mask): StepLogs {
  const clipped = clipTogether(
    logs.map(({ lines }) => lines),
    mostBytes,
  );
  return {
    schema: "layerkeep.step-logs.v1",
    steps: clipped.map((lines, index) => ({
      step: mask(logs[index]?.step ?? ""),
      log: masked(renderClipped(lines), mask),
    })),
  };
}

export function packStepLogs(logs: StepLogs): Promise<Buffer> {
  return promisify(gzip)(JSON.stringify(logs));
}

/** Throws a format error if the bytes are not step logs, or are larger than any that we write. */
export async function unpackStepLogs(bytes: Uint8Array): Promise<StepLogs> {
  let value: unknown;
  try {
    const unpacked = await promisify(gunzip)(bytes, { maxOutputLength: mostUnpacked });
    value = JSON.parse(unpacked.toString());
  } catch (cause) {
    throw new FormatError("step logs are not gzipped JSON", { cause });
  }
  if (!isStepLogs(value)) throw new FormatError("not step logs, or written by a newer version");
  return value;
}

function masked(text: string, mask: Mask): string {
  const plain = harmless(text);
  const clean = mask(plain);
  return clean === plain ? text : clean;
}

function renderClipped({ head, left, tail }: ClippedLines): string {
  const gap =
    left.lines === 0
      ? []
      : [
          `[output clipped: ${count(left.lines, "line")} (${count(left.bytes, "byte")}) omitted here]`,
        ];
  return [...head, ...gap, ...tail].join("\n");
}

function isStepLogs(value: unknown): value is StepLogs {
  if (typeof value !== "object" || value === null) return false;
  const { schema, steps } = value as Readonly<Record<string, unknown>>;
  return schema === "layerkeep.step-logs.v1" && Array.isArray(steps) && steps.every(isPrinted);
}

function isPrinted(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "step" in value &&
    typeof value.step === "string" &&
    "log" in value &&
    typeof value.log === "string"
  );
}
