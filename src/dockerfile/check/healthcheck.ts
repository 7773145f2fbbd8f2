import { UsageError } from "../../errors.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import { trim } from "../parse/space.ts";
import { parseJsonForm } from "../parse/words.ts";
import { checkFlags } from "./flags.ts";
import { parseDuration } from "./go-values.ts";

const durations = ["interval", "timeout", "start-period", "start-interval"];
const nanosecondsOfMillisecond = 1e6;
const mostRetries = 2 ** 31 - 1;

/**
 * Checks HEALTHCHECK as BuildKit does (frontend/dockerfile/instructions/parse.go,
 * parseHealthcheck). Throws a usage error, without a place.
 */
export function checkHealthcheck(instruction: Instruction): void {
  const [written = ""] = instruction.rest.split(/\s/, 1);
  const command = trim(instruction.rest.slice(written.length));
  const isEmpty = command === "" || parseJsonForm(command)?.length === 0;
  // BuildKit ignores the flags of NONE.
  if (written.toUpperCase() === "NONE") {
    if (isEmpty) return;
    throw new UsageError("HEALTHCHECK NONE does not accept arguments");
  }
  checkFlags(instruction);
  if (written.toUpperCase() !== "CMD") {
    throw new UsageError(`HEALTHCHECK has an invalid type "${written}"`, {
      hint: "use CMD or NONE",
    });
  }
  if (isEmpty) throw new UsageError("HEALTHCHECK CMD needs a command");
  for (const { name, value = "" } of instruction.flags) {
    if (durations.includes(name)) checkDuration(name, value);
    else checkRetries(value);
  }
}

function checkDuration(name: string, value: string): void {
  if (value === "") return;
  const duration = parseDuration(value);
  if (duration === undefined) {
    throw new UsageError(`HEALTHCHECK --${name}=${value} is not a duration`, {
      hint: "use a number with a unit, such as 30s or 1m30s",
    });
  }
  if (duration !== 0 && duration < nanosecondsOfMillisecond) {
    throw new UsageError(
      `HEALTHCHECK --${name}=${value} is too short: it must be 0 or at least 1ms`,
    );
  }
}

function checkRetries(value: string): void {
  if (value === "") return;
  const retries = /^[-+]?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (retries >= 0 && retries <= mostRetries) return;
  throw new UsageError(`HEALTHCHECK --retries must be 0 or a positive integer, not "${value}"`);
}
