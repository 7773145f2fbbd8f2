import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCodeOf } from "../errors.ts";
import { digestOf, hexOf } from "../oci/digest.ts";
import { startTicksOf } from "../process-start.ts";

/**
 * A process as a part of the name of what it makes, so that others can tell whether it was killed:
 * its id, when it started, and a hash of where it runs.
 */
export type ProcessName = string;

/** The one that this code runs in. */
export function thisProcess(): ProcessName {
  return `${process.pid}.${startTicksOf("self") ?? 0}.${thisPlace()}`;
}

/**
 * Whether a process runs. Of one on another machine, or in another container, it is not known.
 * Undefined if it is not the name of a process.
 */
export function stateOf(name: ProcessName): "alive" | "dead" | "unknown" | undefined {
  const [, id, start, place] = /^(\d+)\.(\d+)\.([0-9a-f]{12})$/.exec(name) ?? [];
  if (id === undefined || start === undefined) return undefined;
  if (place !== thisPlace()) return "unknown";
  const now = startTicksOf(id);
  const isAlive = now === undefined ? isRunning(Number(id)) : now === start;
  return isAlive ? "alive" : "dead";
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === "EPERM";
  }
}

/** Process ids mean something only in one namespace of one machine. */
function thisPlace(): string {
  return hexOf(digestOf(`${hostname()} ${namespace()}`)).slice(0, 12);
}

function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
