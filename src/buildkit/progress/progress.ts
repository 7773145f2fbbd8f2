import { harmlessLine } from "../../harmless.ts";
import { type Mask, maskSecrets } from "../../secrets.ts";
import {
  type CacheExport,
  exportedType,
  isEmptyExport,
  isCacheExport,
  isCacheImport,
  skippedImport,
} from "./cache-traffic.ts";
import type { ClippedLines } from "./clipped-lines.ts";
import type { SolveStatus, Vertex, VertexWarning } from "./rawjson.ts";
import { StepOutput } from "./step-output.ts";

/** An instruction of the Dockerfile that was run or taken from a cache. */
export interface Step {
  /** As BuildKit names it: `[build 3/5] RUN make`. */
  readonly name: string;
  readonly cached: boolean;
  /** Milliseconds; 0 for a cached step. */
  readonly ms: number;
  readonly error: string | undefined;
  /** When it ended, in RFC 3339; omitted of a cached step, and in older records. */
  readonly ended?: string;
}

export interface FailedStep {
  readonly name: string;
  readonly error: string;
  /** The last lines of its output. */
  readonly log: readonly string[];
}

/** What a step printed. Harmless text, but for colours. */
export interface StepLog {
  readonly step: string;
  readonly lines: ClippedLines;
}

/** The summary of a build's progress. */
export interface ProgressSummary {
  /** Instructions other than FROM, in the order of their start. */
  readonly steps: readonly Step[];
  readonly failed: FailedStep | undefined;
  /** The outcome of each cache export, in the engine's order. */
  readonly cacheExports: readonly CacheExport[];
  /** Caches that could not be imported. */
  readonly cacheImportErrors: readonly string[];
  /** The engine's warnings, each once, 50 at most. */
  readonly warnings: readonly VertexWarning[];
  /** Of the steps that printed something, and whatever else did, in the order of their first lines. */
  readonly logs: readonly StepLog[];
}

/** An instruction or an export that began, or was taken from a cache. */
export interface BegunStep {
  readonly name: string;
  readonly cached: boolean;
}

/** Instructions of a build. */
export interface StepCounts {
  readonly all: number;
  readonly done: number;
  readonly cached: number;
}

export interface LogLine {
  readonly step: string;
  readonly line: string;
}

const mostWarnings = 50;

/**
 * Sums up a build's progress from its SolveStatus lines. Keeps each vertex once, and the first
 * and last lines of each step's output. Secrets are masked before anything is shown or kept.
 */
export class Progress {
  readonly #mask: Mask;
  readonly #vertices = new Map<string, Vertex>();
  readonly #logs = new Map<string, StepOutput>();
  readonly #warnings = new Map<string, VertexWarning>();
  readonly #noted = new Set<string>();
  readonly #skipped = new Set<string>();
  /** Vertices that export a cache without a layer. */
  readonly #empty = new Set<string>();
  readonly #begun: BegunStep[] = [];
  #current = "";

  /** By default, only what looks like a secret is masked. */
  constructor(mask: Mask = maskSecrets) {
    this.#mask = mask;
  }

  /** Takes in a status, and returns the log lines that it completed. */
  add(status: SolveStatus): LogLine[] {
    for (const news of status.vertexes) {
      const known = this.#vertices.get(news.digest);
      // A cached step starts again when its layers are pulled, and is then no longer marked cached.
      const cached = news.cached || (known?.cached ?? false);
      // bake names a step once for each target that has it: the first one is the step's own.
      const name = known?.name ?? this.#maskName(news.name);
      const error = news.error === undefined ? undefined : this.#mask(news.error);
      const vertex = { ...news, cached, name, error };
      this.#vertices.set(vertex.digest, vertex);
      this.#note(vertex);
      if (vertex.started !== undefined && vertex.completed === undefined)
        this.#current = vertex.name;
    }
    for (const { vertex, id } of status.statuses) {
      if (isEmptyExport(id)) this.#empty.add(vertex);
    }
    for (const warning of status.warnings) {
      if (this.#warnings.size < mostWarnings) {
        const short = this.#mask(warning.short);
        this.#warnings.set(keyOf(warning), {
          ...warning,
          short,
          detail: this.#mask(warning.detail),
        });
      }
    }
    return status.logs.flatMap((log) => {
      const output = this.#logs.get(log.vertex) ?? new StepOutput(this.#mask);
      this.#logs.set(log.vertex, output);
      const step = this.#vertices.get(log.vertex)?.name ?? "";
      return output.add(log.data).map((line) => ({ step, line }));
    });
  }

  /** Takes in a line of buildx that is not progress. */
  note(line: string): void {
    const skipped = skippedImport(line);
    if (skipped !== undefined) this.#skipped.add(skipped);
  }

  /** Steps that began since the last call, each once. */
  takeBegun(): readonly BegunStep[] {
    return this.#begun.splice(0);
  }

  /** The name of the step that started last. */
  get current(): string {
    return this.#current;
  }

  /** How many instructions are known, have ended, and how many of these were cached. */
  counts(): StepCounts {
    const steps = [...this.#vertices.values()].filter((v) => isStep(v.name));
    const done = steps.filter((v) => v.completed !== undefined);
    return {
      all: steps.length,
      done: done.length,
      cached: done.filter((v) => v.cached).length,
    };
  }

  summary(): ProgressSummary {
    const vertices = [...this.#vertices.values()];
    // A step that was cancelled because another failed also has an error.
    const errors = vertices.filter((v) => v.error !== undefined && !isCacheTraffic(v.name));
    const failed = errors.find((v) => !isCancelled(v.error ?? "")) ?? errors[0];
    return {
      steps: vertices
        .filter((v) => isStep(v.name) && v.completed !== undefined)
        .sort((a, b) => (a.started ?? "").localeCompare(b.started ?? ""))
        .map(toStep),
      failed: failed === undefined ? undefined : this.#failedStep(failed),
      cacheExports: vertices
        .filter((v) => isCacheExport(v.name))
        .map(({ digest, name, error }) => ({
          name,
          type: exportedType(name),
          skipped: this.#empty.has(digest),
          error: error === undefined ? undefined : inOneLine(error),
        })),
      cacheImportErrors: [
        ...vertices
          .filter((v) => isCacheImport(v.name) && v.error !== undefined)
          .map((v) => `${v.name}: ${inOneLine(v.error ?? "")}`),
        ...this.#skipped,
      ],
      warnings: [...this.#warnings.values()],
      logs: [...this.#logs].map(([vertex, output]) => ({
        step: this.#vertices.get(vertex)?.name ?? "",
        lines: output.lines(),
      })),
    };
  }

  /** Parts that say what a vertex does stay as they are, whatever a secret's value is. */
  #maskName(name: string): string {
    if (isCacheTraffic(name) || name.startsWith("exporting ")) return name;
    const [prefix = ""] = /^\[[^\]]*\] /.exec(name) ?? [];
    return prefix + this.#mask(name.slice(prefix.length));
  }

  #note({ digest, name, cached, started }: Vertex): void {
    if (started === undefined || this.#noted.has(digest)) return;
    if (!isStep(name) && !name.startsWith("exporting ")) return;
    this.#noted.add(digest);
    this.#begun.push({ name, cached });
  }

  #failedStep(vertex: Vertex): FailedStep {
    const log = this.#logs.get(vertex.digest)?.lastLines() ?? [];
    return { name: vertex.name, error: harmlessLine(vertex.error ?? ""), log };
  }
}

/** Whether a step ended because the build was cancelled, most often by the failure of another. */
export function isCancelled(error: string): boolean {
  return /context canceled/i.test(error);
}

/** Whether a vertex is an instruction: `[build 3/5] RUN …`, and not a FROM. */
export function isStep(name: string): boolean {
  return /^\[(?!internal\]|context )[^\]]*\d+\/\d+\] (?!FROM )/.test(name);
}

/** The engine puts a registry's own message on a line below its own. */
function inOneLine(error: string): string {
  return error.trim().replace(/\s*\n\s*/g, ": ");
}

function keyOf({ short, file, line }: VertexWarning): string {
  return JSON.stringify([file, line, short]);
}

function isCacheTraffic(name: string): boolean {
  return isCacheExport(name) || isCacheImport(name);
}

function toStep(vertex: Vertex): Step {
  const { name, cached, error, started, completed } = vertex;
  const ms = cached ? 0 : Date.parse(completed ?? "") - Date.parse(started ?? completed ?? "");
  const step = { name, cached, ms: Math.max(0, ms || 0), error };
  return cached || completed === undefined ? step : { ...step, ended: completed };
}
