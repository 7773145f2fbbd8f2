import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { Instruction } from "../parse/dockerfile.ts";

/** A flag takes no value or a boolean, one value, or several if it is repeated. */
type FlagKind = "boolean" | "value" | "values";

type Flags = Readonly<Record<string, FlagKind>>;

const none: Flags = {};

/**
 * The flags of each instruction (BuildKit: frontend/dockerfile/instructions/parse.go). BuildKit
 * ignores the flags of ARG and STOPSIGNAL.
 */
const flagsOf = new Map<string, Flags>([
  [
    "ADD",
    {
      chown: "value",
      chmod: "value",
      link: "boolean",
      "keep-git-dir": "boolean",
      checksum: "value",
      unpack: "boolean",
      exclude: "values",
    },
  ],
  [
    "COPY",
    {
      chown: "value",
      from: "value",
      chmod: "value",
      link: "boolean",
      exclude: "values",
      parents: "boolean",
    },
  ],
  ["FROM", { platform: "value" }],
  [
    "HEALTHCHECK",
    {
      interval: "value",
      timeout: "value",
      "start-period": "value",
      "start-interval": "value",
      retries: "value",
    },
  ],
  ["RUN", { mount: "values", network: "value", security: "value", device: "values" }],
  ..."CMD ENTRYPOINT ENV EXPOSE LABEL MAINTAINER ONBUILD SHELL USER VOLUME WORKDIR"
    .split(" ")
    .map((keyword) => [keyword, none] as const),
]);

/**
 * Checks an instruction's flags by the rules of BuildKit's instructions/bflag.go. Throws a usage
 * error, without a place, for a flag that is unknown, repeated or without its value.
 */
export function checkFlags({ keyword, flags }: Instruction): void {
  const known = flagsOf.get(keyword);
  if (known === undefined) return;
  const seen = new Set<string>();
  for (const { name, value } of flags) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw unknownFlag(keyword, name, Object.keys(known));
    if (seen.has(name) && kind !== "values") {
      throw new UsageError(`${keyword} has --${name} twice`, { hint: "set it only once" });
    }
    seen.add(name);
    if (kind !== "boolean" && value === undefined) {
      throw new UsageError(`${keyword} --${name} needs a value`, { hint: `use --${name}=…` });
    }
    if (kind === "boolean" && value !== undefined && !/^(?:true|false)$/i.test(value)) {
      throw new UsageError(`${keyword} --${name} must be true or false, not "${value}"`, {
        hint: `use --${name} or --${name}=false`,
      });
    }
  }
}

/** Whether a boolean flag is set. */
export function isSet({ flags }: Pick<Instruction, "flags">, name: string): boolean {
  const flag = flags.find((one) => one.name === name);
  return flag !== undefined && flag.value?.toLowerCase() !== "false";
}

function unknownFlag(keyword: string, name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  const all = known.map((flag) => `--${flag}`).join(", ");
  return new UsageError(`${keyword} does not support the --${name} flag`, {
    hint:
      near === undefined
        ? known.length === 0
          ? `${keyword} does not support flags; put -- before words that begin with --`
          : `its flags are ${all}`
        : `did you mean --${near}?`,
  });
}
