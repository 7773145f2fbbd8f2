import type { RawVariant } from "../../schema/variant-schema.ts";

/** A value that may differ in another evaluation of the same file. */
export interface Moving {
  /** Undefined: the target is not known. */
  readonly target: string | undefined;
  /** Undefined if it is not a label. */
  readonly label: string | undefined;
  /** A sentence about it. */
  readonly text: string;
}

/** A function or a variable of bake whose value is not in the file. */
export interface Source {
  readonly name: string;
  readonly call: boolean;
  /** Two definitions in bake's language that differ in every part of their values. */
  readonly definitions: readonly [string, string];
  /** Continues the sentence `comes from timestamp(), `. */
  readonly why: string;
}

/** An evaluation in which the sources have fixed values. */
export interface Probe {
  /** The file's text, with the sources renamed. */
  readonly copy: string;
  /** A second file that defines the new names. */
  readonly base: string;
  /** Second files, each of which gives one source another value. */
  readonly others: readonly { readonly source: Source; readonly definitions: string }[];
}

const prefix = "layerkeep_";

/**
 * How to find out what changes in a bake file: evaluate the copy with each of the definitions, and
 * compare. Undefined if the file names no source. bake's own functions cannot be redefined (buildx,
 * `parser.resolveFunction`), so the copy calls others. A name in a literal text is changed too, but
 * identically in every evaluation.
 */
export function probeOf(text: string): Probe | undefined {
  const plain = text.replace(/\\u00([3-7][0-9a-f])/gi, unescapeWord);
  const used = sources.filter((source) => plain.search(patternOf(source)) >= 0);
  if (used.length === 0) return undefined;
  const define = (changed?: Source): string =>
    used.map((one) => one.definitions[one === changed ? 1 : 0]).join("");
  return {
    copy: used.reduce(
      (copy, source) => copy.replace(patternOf(source), `${prefix}${source.name}`),
      plain,
    ),
    base: define(),
    others: used.map((source) => ({ source, definitions: define(source) })),
  };
}

/** What differs between the targets of two evaluations, because of a source. */
export function movingBetween(
  base: ReadonlyMap<string, RawVariant>,
  other: ReadonlyMap<string, RawVariant>,
  source: Source,
): readonly Moving[] {
  const comes = (what: string): string => `${what} comes from ${nameOf(source)}, ${source.why}`;
  if (![...base.keys()].every((name) => other.has(name)) || base.size !== other.size) {
    return [{ target: undefined, label: undefined, text: comes("the name of a target") }];
  }
  return [...base].flatMap(([target, raw]) =>
    differences(raw, other.get(target) ?? {}).map(({ what, label }) => ({
      target,
      label,
      text: comes(what),
    })),
  );
}

/** If the copy cannot be evaluated, all that is known is that the file names the sources. */
export function movingUnknown({ others }: Probe): readonly Moving[] {
  return others.map(({ source }) => ({
    target: undefined,
    label: undefined,
    text: `some values might come from ${nameOf(source)}, ${source.why}`,
  }));
}

/** A target's labels that change. */
export function labelsOf(moving: readonly Moving[], target: string): readonly string[] {
  return moving.flatMap((one) =>
    one.target === target && one.label !== undefined ? [one.label] : [],
  );
}

interface Difference {
  readonly what: string;
  readonly label: string | undefined;
}

const maps = { args: "argument", labels: "label", contexts: "context" } as const;

function differences(base: RawVariant, other: RawVariant): readonly Difference[] {
  const changed = new Map<string, unknown>(Object.entries(other));
  const keys = new Map<string, unknown>([...changed, ...Object.entries(base)]).keys();
  const differing: Difference[] = [];
  for (const key of keys) {
    const [a, b] = [JSON.stringify(valueOf(base, key)), JSON.stringify(changed.get(key))];
    if (a === b) continue;
    if (key === "args" || key === "labels" || key === "contexts") {
      differing.push(...differingEntries(key, base[key] ?? {}, other[key] ?? {}));
    } else {
      differing.push({ what: `the value of ${key}`, label: undefined });
    }
  }
  return differing;
}

function valueOf(raw: RawVariant, key: string): unknown {
  return new Map<string, unknown>(Object.entries(raw)).get(key);
}

function differingEntries(
  kind: keyof typeof maps,
  base: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): readonly Difference[] {
  return Object.keys({ ...base, ...other })
    .filter((name) => base[name] !== other[name])
    .map((renamed) => {
      const name = renamed.replaceAll(prefix, "");
      return { what: `the ${maps[kind]} ${name}`, label: kind === "labels" ? name : undefined };
    });
}

function nameOf({ name, call }: Source): string {
  return call ? `${name}()` : name;
}

/**
 * An identifier of bake's language, which may contain dashes; a comment may precede a call's `(`.
 */
function patternOf({ name, call }: Source): RegExp {
  const after = call ? String.raw`(?=\s*(?:\(|/\*))` : String.raw`(?![\p{L}\p{N}_-])`;
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.-])${name}${after}`, "gu");
}

/** JSON may write any letter as an escape. */
function unescapeWord(escape: string, hex: string): string {
  const letter = String.fromCharCode(Number.parseInt(hex, 16));
  return /\w/.test(letter) ? letter : escape;
}

function functionOf(
  name: string,
  values: readonly [string, string],
  parameters: string,
): Pick<Source, "name" | "call" | "definitions"> {
  const define = (value: string): string =>
    `function "${prefix}${name}" {\n  ${parameters}\n  result = "${value}"\n}\n`;
  return { name, call: true, definitions: [define(values[0]), define(values[1])] };
}

function variableOf(
  name: string,
  values: readonly [string, string],
): Pick<Source, "name" | "call" | "definitions"> {
  const define = (value: string): string =>
    `variable "${prefix}${name}" {\n  default = "${value}"\n}\n`;
  return { name, call: false, definitions: [define(values[0]), define(values[1])] };
}

const newEachTime = "which changes with each plan, so the leg is never reused";
const machine = "which depends on the machine that creates the plan";

/**
 * What bake's language reads from outside the file (buildx, bake/hclparser/stdlib.go and the
 * defaults in commands/bake.go), and the environment that bake gets. `BAKE_CMD_CONTEXT` is the same
 * for every local file. The two times differ in year, month, day, weekday, hour, minute and second.
 */
const sources: readonly Source[] = [
  {
    ...functionOf("timestamp", ["2001-02-03T04:05:06Z", "2034-12-31T21:58:57Z"], "params = []"),
    why: "which changes over time, so the leg is rebuilt each time",
  },
  {
    ...functionOf(
      "uuidv4",
      ["00000000-1111-4222-8333-444444444444", "99999999-aaaa-4bbb-9ccc-dddddddddddd"],
      "params = []",
    ),
    why: newEachTime,
  },
  {
    ...functionOf("bcrypt", ["one", "two"], "params = [text]\n  variadic_params = cost"),
    why: newEachTime,
  },
  { ...functionOf("homedir", ["/one", "/two"], "params = []"), why: machine },
  {
    ...variableOf("BAKE_LOCAL_PLATFORM", ["linux/amd64", "darwin/arm64"]),
    why: `${machine}: list the platforms instead`,
  },
  ...["HOME", "PATH", "TMPDIR", "DOCKER_CONFIG", "SSH_AUTH_SOCK", "SystemRoot"].map((name) => ({
    ...variableOf(name, ["/one", "/two"]),
    why: machine,
  })),
];
