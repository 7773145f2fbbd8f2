import { harmless, harmlessLine } from "../../harmless.ts";

/**
 * One line of `buildx build --progress=rawjson`: a SolveStatus (client/graph.go in moby/buildkit),
 * without the fields that we do not use.
 */
export interface SolveStatus {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly VertexLog[];
  readonly warnings: readonly VertexWarning[];
}

export interface Vertex {
  readonly digest: string;
  readonly name: string;
  /** Digests of the vertices that it depends on. */
  readonly inputs: readonly string[];
  /** RFC 3339. */
  readonly started: string | undefined;
  readonly completed: string | undefined;
  readonly cached: boolean;
  readonly error: string | undefined;
}

/** A part of what a vertex does, such as the transfer of a layer. */
interface VertexStatus {
  readonly vertex: string;
  readonly id: string;
}

interface VertexLog {
  readonly vertex: string;
  readonly data: Buffer;
}

/** A warning of the engine, usually from a rule of its Dockerfile linter. */
export interface VertexWarning {
  /** `FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)`. */
  readonly short: string;
  /** Empty if there is nothing to add. */
  readonly detail: string;
  readonly url: string | undefined;
  /** The file's base name. */
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number | undefined;
}

/** The status in a line; undefined for other lines, such as buildx's final error. */
export function parseSolveStatus(line: string): SolveStatus | undefined {
  if (!line.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  return {
    vertexes: objects(value["vertexes"]).map(parseVertex),
    statuses: objects(value["statuses"]).map((status) => ({
      vertex: text(status["vertex"]),
      id: text(status["id"]),
    })),
    logs: objects(value["logs"]).map((log) => ({
      vertex: text(log["vertex"]),
      data: Buffer.from(text(log["data"]), "base64"),
    })),
    warnings: objects(value["warnings"]).map(parseWarning),
  };
}

type Json = Readonly<Record<string, unknown>>;

function parseVertex(value: Json): Vertex {
  return {
    digest: text(value["digest"]),
    name: harmlessLine(text(value["name"]).replaceAll("\n", " ")),
    inputs: list(value["inputs"]).filter((input) => typeof input === "string"),
    started: optional(value["started"]),
    completed: optional(value["completed"]),
    cached: value["cached"] === true,
    error: optional(harmless(text(value["error"]))),
  };
}

function parseWarning(value: Json): VertexWarning {
  const { sourceInfo } = value;
  const [range] = objects(value["range"]);
  const start = range?.["start"];
  const line = isObject(start) ? start["line"] : undefined;
  return {
    short: decoded(value["short"]),
    detail: list(value["detail"]).map(decoded).join(" "),
    url: optional(harmlessLine(text(value["url"]))),
    file: isObject(sourceInfo) ? optional(harmlessLine(text(sourceInfo["filename"]))) : undefined,
    line: typeof line === "number" && line > 0 ? line : undefined,
  };
}

/** Go writes bytes as base64. */
function decoded(value: unknown): string {
  return harmlessLine(Buffer.from(text(value), "base64").toString("utf8").replaceAll("\n", " "));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objects(value: unknown): Json[] {
  return list(value).filter(isObject);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function optional(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
