import { messageOf } from "../../errors.ts";
import { harmlessLine } from "../../harmless.ts";
import type { Refusal } from "../http/refusal.ts";
import type { Route } from "../http/route.ts";

/** The kind of thing that a path names. */
type RouteKind = Route["kind"] | "token";

/** One answered request. It has no header, query or body: those contain secrets. */
export interface LogEntry {
  /** When it arrived, in milliseconds since 1970. */
  readonly time: number;
  readonly method: string;
  /** As received, without the query. */
  readonly path: string;
  /** Undefined if the path names nothing or was not examined. */
  readonly route?: RouteKind | undefined;
  readonly repository?: string | undefined;
  /** The tag, digest or upload that the path names. */
  readonly reference?: string | undefined;
  /** 0 if the client disconnected before it had the whole answer. */
  readonly status: number;
  /** How much of the body was read. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  readonly user?: string | undefined;
  /** The address that the connection came from. */
  readonly remote?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Why it was refused, as the client was told. */
  readonly refusal?: Refusal | undefined;
  /** What went wrong on our side. */
  readonly error?: unknown;
}

export type LogFormat = "json" | "text";

const longest = 512;

/** One line, newline included. Text from the client is made harmless to print. */
export function renderLogEntry(entry: LogEntry, format: LogFormat): string {
  const fields = fieldsOf(entry);
  return format === "json" ? `${JSON.stringify(fields)}\n` : `${textOf(fields)}\n`;
}

/** A problem outside of any request, such as a password file that can no longer be read. */
export function renderLogWarning(message: string, format: LogFormat, time: number): string {
  const [at, said] = [new Date(time).toISOString(), shown(message)];
  return format === "json"
    ? `${JSON.stringify({ time: at, level: "warning", message: said })}\n`
    : `${at} warning: ${said}\n`;
}

/** The fields of a line, in order; undefined ones are omitted. */
interface Fields {
  readonly time: string;
  readonly level: "info" | "error";
  readonly method: string;
  readonly route: RouteKind | undefined;
  /** Set if the route does not imply it. */
  readonly path: string | undefined;
  readonly repository: string | undefined;
  readonly reference: string | undefined;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly ms: number;
  readonly user: string | undefined;
  readonly remote: string | undefined;
  readonly userAgent: string | undefined;
  readonly reason: string | undefined;
}

function fieldsOf(entry: LogEntry): Fields {
  return {
    time: new Date(entry.time).toISOString(),
    level: entry.error === undefined ? "info" : "error",
    method: shown(entry.method),
    route: entry.route,
    path: entry.route === undefined ? shown(entry.path) : undefined,
    repository: entry.repository,
    reference: shownIf(entry.reference),
    status: entry.status,
    bytesIn: entry.bytesIn,
    bytesOut: entry.bytesOut,
    ms: Math.round(entry.milliseconds * 1_000) / 1_000,
    user: shownIf(entry.user),
    remote: entry.remote,
    userAgent: shownIf(entry.userAgent),
    reason: shownIf(reasonOf(entry)),
  };
}

function textOf(fields: Fields): string {
  const { time, level, method, status, ms, bytesIn, bytesOut } = fields;
  return [
    time,
    level === "error" ? "error:" : undefined,
    status,
    method,
    fields.route ?? fields.path,
    fields.repository,
    fields.reference,
    `in=${bytesIn}`,
    `out=${bytesOut}`,
    `${ms}ms`,
    fields.user === undefined ? undefined : `user=${JSON.stringify(fields.user)}`,
    fields.remote === undefined ? undefined : `from=${fields.remote}`,
    fields.userAgent === undefined ? undefined : JSON.stringify(fields.userAgent),
    fields.reason === undefined ? undefined : `(${fields.reason})`,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
}

function reasonOf({ refusal, error }: LogEntry): string | undefined {
  const refused = refusal === undefined ? undefined : `${refusal.code}: ${refusal.message}`;
  if (error === undefined || error === refusal) return refused;
  return refused === undefined ? messageOf(error) : `${refused}: ${messageOf(error)}`;
}

function shownIf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shown(text);
}

function shown(text: string): string {
  const line = harmlessLine(text.replaceAll("\n", " "));
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
