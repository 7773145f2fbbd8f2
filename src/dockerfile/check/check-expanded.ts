import { UsageError } from "../../errors.ts";
import { flagOf, type Instruction } from "../parse/dockerfile.ts";
import { type Env, expandWord } from "../expand/expand.ts";
import { parseHeredoc } from "../parse/heredoc.ts";
import { parseGitQuery, remoteKind } from "../remote-source.ts";
import { trim } from "../parse/space.ts";
import { splitPairs, splitPlain } from "../parse/words.ts";
import { parseGoBool } from "./go-values.ts";
import { checkPort } from "./expose.ts";
import { checkMode } from "./file-mode.ts";
import { checkMount } from "./mount.ts";
import { checkSignal } from "./signal.ts";

/** What is known at an instruction. */
export interface Place {
  /** The escape character of words. */
  readonly escape: string;
  /** That of the line; in a trigger it is not the Dockerfile's. */
  readonly lineEscape: string;
  readonly variables: Env;
  /** The value of a word with its variables replaced; undefined if it is not known for certain. */
  readonly valueOf: (word: string) => string | undefined;
  /** The working directory; undefined if only the base image sets it. */
  readonly workdir: string | undefined;
}

/**
 * Runs the checks that BuildKit does after it replaces variables
 * (frontend/dockerfile/dockerfile2llb) on an instruction of a stage that is built. Skips values
 * that are not known for certain. Throws a usage error, without a place.
 */
export function checkExpanded(instruction: Instruction, place: Place): void {
  const { keyword, rest, flags } = instruction;
  switch (keyword) {
    case "ADD":
    case "COPY":
      checkCopy(instruction, place);
      return;
    case "EXPOSE":
      checkPorts(rest, place);
      return;
    case "LABEL":
      for (const { name, value = "" } of splitPairs(rest, place.lineEscape) ?? []) {
        place.valueOf(name);
        place.valueOf(value);
      }
      return;
    case "RUN":
      for (const { name, value = "" } of flags) {
        if (name === "mount") checkMount(value, place.valueOf, place.workdir);
      }
      return;
    case "STOPSIGNAL": {
      const signal = place.valueOf(rest);
      if (signal !== undefined) checkSignal(signal);
      return;
    }
    case "USER":
    case "WORKDIR":
      place.valueOf(rest);
      return;
    case "VOLUME":
      for (const volume of instruction.json ?? splitPlain(rest)) {
        if (place.valueOf(trim(volume)) === "") throw new UsageError("VOLUME has an empty path");
      }
  }
}

function checkCopy(instruction: Instruction, place: Place): void {
  const { keyword } = instruction;
  const chmod = place.valueOf(flagOf(instruction, "chmod") ?? "");
  if (chmod !== undefined) checkMode(keyword, chmod);
  place.valueOf(flagOf(instruction, "chown") ?? "");
  const words = instruction.json ?? splitPlain(instruction.rest);
  place.valueOf(words.at(-1) ?? "");
  const sources = words.slice(0, -1).filter((word) => parseHeredoc(word) === undefined);
  const values = sources.map(place.valueOf);
  for (const value of values) {
    if (value !== undefined) checkSource(instruction, value);
  }
  const checksum = place.valueOf(flagOf(instruction, "checksum") ?? "");
  if (keyword === "ADD" && checksum !== undefined && checksum !== "") {
    checkChecksum(checksum, values);
  }
  for (const { expand, content } of instruction.heredocs) {
    if (expand) expandWord(content, place.variables, { plainQuotes: true });
  }
}

/** COPY takes only files, and a git address only parameters that BuildKit knows. */
function checkSource(instruction: Instruction, source: string): void {
  const kind = remoteKind(source);
  if (kind === undefined) return;
  if (instruction.keyword === "COPY") {
    throw new UsageError(`COPY cannot fetch ${source}`, { hint: "use ADD" });
  }
  if (kind !== "git") return;
  const keep = parseGitQuery(source).get("keep-git-dir");
  if (keep === undefined) return;
  const flag = instruction.flags.find(({ name }) => name === "keep-git-dir");
  if (flag === undefined) return;
  const wanted = flag.value?.toLowerCase() !== "false";
  if (wanted !== (keep === "" || parseGoBool(keep))) {
    throw new UsageError(`--keep-git-dir conflicts with the keep-git-dir parameter of ${source}`);
  }
}

function checkChecksum(checksum: string, sources: readonly (string | undefined)[]): void {
  const [source] = sources;
  if (sources.length !== 1) {
    throw new UsageError("ADD --checksum needs exactly one source");
  }
  if (source === undefined) return;
  const kind = remoteKind(source);
  if (kind === undefined) {
    throw new UsageError(`ADD --checksum supports only HTTP and git sources, not ${source}`);
  }
  if (kind === "git") return;
  if (/^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(checksum)) return;
  throw new UsageError(`ADD --checksum=${checksum} is not a valid digest`, {
    hint: "use sha256: followed by 64 lowercase hexadecimal digits",
  });
}

function checkPorts(rest: string, { escape, variables, valueOf }: Place): void {
  for (const written of splitPlain(rest)) {
    if (valueOf(written) === undefined) continue;
    for (const port of expandWord(written, variables, { escape }).words) checkPort(port);
  }
}
