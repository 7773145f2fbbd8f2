import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import { parseHeredoc } from "../parse/heredoc.ts";
import { trim } from "../parse/space.ts";
import {
  type NameValue,
  parseJsonForm,
  splitArgs,
  splitPairs,
  splitPlain,
} from "../parse/words.ts";
import { checkFlags } from "./flags.ts";
import { checkHealthcheck } from "./healthcheck.ts";
import { checkDevice, splitFields } from "./mount.ts";

const keywords = (
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL " +
  "STOPSIGNAL USER VOLUME WORKDIR"
).split(" ");

/** Whether a word in upper case is a Dockerfile instruction. */
export function isKeyword(word: string): boolean {
  return keywords.includes(word);
}

/**
 * Runs the checks that BuildKit does on every line before it looks at instructions, and so also on
 * what ONBUILD defers (frontend/dockerfile/parser/line_parsers.go). Throws a usage error, without a
 * place.
 */
export function checkLine({ keyword, rest }: Instruction, escape: string): void {
  if ((keyword === "ENV" || keyword === "LABEL") && rest !== "") pairsOf(keyword, rest, escape);
  if (keyword === "HEALTHCHECK") checkStrings(keyword, trim(rest.replace(/^\S+/, "")));
}

/**
 * Runs the checks that BuildKit does on an instruction before it replaces variables
 * (frontend/dockerfile/instructions/parse.go), whether its stage is built or not. Throws a usage
 * error, without a place.
 */
export function checkInstruction(instruction: Instruction, escape: string): void {
  const { keyword, rest } = instruction;
  if (!isKeyword(keyword)) throw unknownInstruction(keyword);
  if (rest === "" && !mayBeEmpty.includes(keyword)) {
    throw new UsageError(`${keyword} needs an argument`);
  }
  checkLine(instruction, escape);
  if (keyword === "HEALTHCHECK") {
    checkHealthcheck(instruction);
    return;
  }
  checkFlags(instruction);
  switch (keyword) {
    case "ADD":
    case "COPY":
      checkCopy(instruction);
      return;
    case "ARG":
      checkNames(keyword, splitArgs(rest, escape));
      return;
    case "ENV":
    case "LABEL":
      checkNames(keyword, pairsOf(keyword, rest, escape));
      return;
    case "RUN":
      checkRun(instruction);
      return;
    case "SHELL":
      checkShell(instruction);
      return;
    case "VOLUME":
      checkVolume(instruction);
      return;
  }
}

const mayBeEmpty = ["RUN", "CMD", "ENTRYPOINT"];

/** The strings of a JSON form. Throws a usage error if an item is not a string. */
export function checkStrings(keyword: string, text: string): readonly string[] | undefined {
  const values = parseJsonForm(text);
  const strings = values?.filter((value) => typeof value === "string");
  if (strings?.length === values?.length) return strings;
  throw new UsageError(`the JSON form of ${keyword} accepts only strings`);
}

function unknownInstruction(keyword: string): UsageError {
  const near = nearest(keyword, keywords);
  const hint =
    near === undefined ? `expected one of ${keywords.join(", ")}` : `did you mean ${near}?`;
  return new UsageError(`unknown instruction "${keyword}"`, { hint });
}

function pairsOf(keyword: string, rest: string, escape: string): readonly NameValue[] {
  const pairs = splitPairs(rest, escape);
  if (pairs === undefined) {
    throw new UsageError(`${keyword} requires name=value pairs`, {
      hint: `use ${keyword} name=value, and put quotes around values that contain spaces`,
    });
  }
  return pairs;
}

function checkNames(keyword: string, pairs: readonly NameValue[]): void {
  if (pairs.length === 0) throw new UsageError(`${keyword} needs an argument`);
  if (pairs.some(({ name, value }) => name === "" && value !== undefined)) {
    throw new UsageError(`${keyword} has an empty name`, { hint: "use name=value" });
  }
}

function checkCopy({ keyword, json, rest }: Instruction): void {
  const words = json ?? splitPlain(rest);
  const destination = words.at(-1);
  if (words.length < 2 || destination === undefined) {
    throw new UsageError(`${keyword} needs a source and a destination`, {
      hint: `use ${keyword} source destination`,
    });
  }
  if (parseHeredoc(destination) !== undefined) {
    throw new UsageError(`a heredoc cannot be the destination of ${keyword}`, {
      hint: `use ${keyword} <<NAME /path/to/file`,
    });
  }
}

function checkRun({ flags }: Instruction): void {
  for (const { name, value = "" } of flags) {
    if (name === "mount") {
      const from = splitFields("--mount", value).find(
        ([key, text]) => key === "from" && text !== undefined && /\$./.test(text),
      );
      if (from !== undefined) {
        throw new UsageError(`variables are not expanded in from=${from[1] ?? ""}`, {
          hint: "use a named stage instead: declare the ARG before the first FROM, add FROM … AS name, and use from=name",
        });
      }
    } else if (name === "device") checkDevice(value);
    else if (name === "network") oneOf("--network", value, ["default", "none", "host"]);
    else oneOf("--security", value, ["insecure", "sandbox"]);
  }
}

function oneOf(flag: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new UsageError(`RUN has an invalid ${flag}=${value}`, {
    hint: `expected one of ${known.join(", ")}`,
  });
}

function checkShell({ json }: Instruction): void {
  if (json !== undefined && json.length > 0) return;
  throw new UsageError("SHELL needs a JSON array with at least one string", {
    hint: 'use SHELL ["/bin/bash", "-c"]',
  });
}

function checkVolume({ json, rest }: Instruction): void {
  const volumes = json ?? splitPlain(rest);
  if (volumes.length === 0 || volumes.some((volume) => trim(volume) === "")) {
    throw new UsageError("VOLUME has an empty path");
  }
}
