import { UsageError } from "../../errors.ts";
import { isPlatformSpecifier } from "../../oci/platform.ts";
import { type Dockerfile, flagOf, type Instruction } from "../parse/dockerfile.ts";
import { type Env, expandWord } from "../expand/expand.ts";
import { inPlace } from "../parse/place.ts";
import { predefinedArgs } from "../expand/predefined-args.ts";
import type { StageOptions } from "./stage-options.ts";
import { splitArgs, splitPlain } from "../parse/words.ts";

/** The arguments before the first FROM, predefined ones included. */
export interface GlobalArgs {
  readonly env: Env;
  /** The arguments that an argument's default uses. */
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>;
  /** The arguments that describe the building machine, except those that are set. */
  readonly machine: ReadonlyMap<string, string>;
}

/** One FROM with the instructions that follow it. */
export interface StageDeclaration {
  readonly index: number;
  /** In lower case. */
  readonly name: string | undefined;
  readonly from: string;
  readonly platform: string | undefined;
  /** The global arguments that its FROM uses. */
  readonly used: ReadonlySet<string>;
  readonly instructions: readonly Instruction[];
  readonly line: number;
}

/** The global arguments' values: given values override defaults. */
export function readGlobalArgs(
  dockerfile: Dockerfile,
  options: StageOptions,
  args: Env,
): GlobalArgs {
  const { escape } = dockerfile.directives;
  const predefined = predefinedArgs({
    platform: options.platform,
    buildPlatform: options.buildPlatform ?? options.platform,
    target: options.target ?? nameOfLast(dockerfile),
  });
  const env = new Map(predefined);
  for (const name of predefined.keys()) {
    const given = args.get(name);
    if (given !== undefined) env.set(name, given);
  }
  const machine = new Map(
    [...predefined].filter(([name]) => name.startsWith("BUILD") && !args.has(name)),
  );
  const dependencies = new Map<string, ReadonlySet<string>>();
  for (const { rest, line } of beforeFirstFrom(dockerfile)) {
    for (const { name, value } of splitArgs(rest, escape)) {
      const given = args.get(name);
      if (given !== undefined) {
        env.set(name, given);
        dependencies.delete(name);
        machine.delete(name);
      } else if (value !== undefined) {
        const expanded = inPlace(dockerfile.file, line, () => expandWord(value, env, { escape }));
        // `ARG X=$X-y` depends on what X depended on before.
        const earlier = dependencies.get(name) ?? [];
        dependencies.set(name, new Set([...expanded.used, ...earlier]));
        env.set(name, expanded.value);
        machine.delete(name);
      }
    }
  }
  return { env, dependencies, machine };
}

/** All stages of the file, with expanded FROM lines. */
export function declareStages(
  dockerfile: Dockerfile,
  globals: GlobalArgs,
): readonly StageDeclaration[] {
  const all = dockerfile.instructions;
  const starts = all.flatMap(({ keyword }, at) => (keyword === "FROM" ? [at] : []));
  return starts.flatMap((start, index) => {
    const from = all[start];
    if (from === undefined) return [];
    const head = inPlace(dockerfile.file, from.line, () => readFrom(dockerfile, from, globals));
    const instructions = all.slice(start + 1, starts[index + 1]);
    return [{ index, ...head, instructions, line: from.line }];
  });
}

function readFrom(
  dockerfile: Dockerfile,
  from: Instruction,
  { env }: GlobalArgs,
): Pick<StageDeclaration, "name" | "from" | "platform" | "used"> {
  const { escape } = dockerfile.directives;
  const words = splitPlain(from.rest);
  const [written = "", as, name] = words;
  if (words.length !== 1 && !(words.length === 3 && as?.toLowerCase() === "as")) {
    throw new UsageError("FROM requires an image, optionally followed by AS and a name");
  }
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(name.toLowerCase())) {
    throw new UsageError(`"${name}" is not a valid stage name`, {
      hint: "use only letters, digits, -, _ and .; the first character must be a letter",
    });
  }
  const base = expandWord(written, env, { escape });
  if (base.value === "") throw emptyFrom("image", written, base.unset);
  const flag = flagOf(from, "platform") || undefined;
  const platform = flag === undefined ? undefined : expandWord(flag, env, { escape });
  if (platform?.value === "") throw emptyFrom("--platform", flag ?? "", platform.unset);
  if (platform !== undefined && !isPlatformSpecifier(platform.value)) {
    throw new UsageError(`FROM has an invalid --platform=${platform.value}`, {
      hint: "use os/architecture, such as linux/amd64",
    });
  }
  return {
    name: name?.toLowerCase(),
    from: base.value,
    platform: platform?.value,
    used: new Set([...base.used, ...(platform?.used ?? [])]),
  };
}

function emptyFrom(what: string, written: string, unset: ReadonlySet<string>): UsageError {
  const names = [...unset].join(", ");
  return new UsageError(`FROM has an empty ${what}: ${written}`, {
    hint:
      names === ""
        ? undefined
        : `set the build argument ${names}, or give it a default before FROM`,
  });
}

function beforeFirstFrom(dockerfile: Dockerfile): readonly Instruction[] {
  const first = dockerfile.instructions.findIndex(({ keyword }) => keyword === "FROM");
  return dockerfile.instructions.slice(0, first).filter(({ keyword }) => keyword === "ARG");
}

/** The names of a Dockerfile's stages, in lower case as BuildKit compares them. */
export function stageNames({ instructions }: Dockerfile): readonly string[] {
  return instructions
    .filter(({ keyword }) => keyword === "FROM")
    .flatMap((from) => nameOf(from) ?? []);
}

function nameOfLast({ instructions }: Dockerfile): string {
  const last = instructions.findLast(({ keyword }) => keyword === "FROM");
  return (last === undefined ? undefined : nameOf(last)) ?? "";
}

function nameOf({ rest }: Instruction): string | undefined {
  return splitPlain(rest)[2]?.toLowerCase();
}
