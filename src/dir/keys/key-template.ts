import { UsageError } from "../../errors.ts";
import { keyParts, type Placeholder } from "../../key-parts.ts";

/** What the placeholders of a key stand for. */
export interface KeyValues {
  /** `linux`, `macos`, `windows`. */
  readonly os: string;
  /** `amd64`, `arm64`. */
  readonly arch: string;
  /** The current refresh period, such as `2026-W47`. */
  readonly epoch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A hash of all files that match; undefined if none does. */
  readonly hash: (globs: readonly string[]) => Promise<string | undefined>;
  /** A file's text. Throws a usage error if it cannot be read. */
  readonly file: (path: string) => Promise<string>;
}

export interface RenderedKey {
  readonly key: string;
  /** The part before the first value that changes with the content: caches of it are similar. */
  readonly family: string;
}

/** Fills in `{os}`, `{arch}`, `{epoch}`, `{env:NAME}`, `{hash:GLOB,…}` and `{file:PATH:REGEX}`. */
export async function renderKey(template: string, values: KeyValues): Promise<RenderedKey> {
  let key = "";
  let family: string | undefined;
  for (const part of keyParts(template)) {
    if (typeof part === "string") {
      key += part;
      continue;
    }
    if (!["os", "arch"].includes(part.name)) family ??= key;
    key += await valueOf(part, values, template);
  }
  return { key, family: family ?? key };
}

async function valueOf(
  { name, argument }: Placeholder,
  values: KeyValues,
  template: string,
): Promise<string> {
  switch (name) {
    case "os":
      return values.os;
    case "arch":
      return values.arch;
    case "epoch":
      return values.epoch;
    case "env": {
      const value = values.env[argument] ?? "";
      if (value !== "") return value;
      throw new UsageError(`the key "${template}" needs ${argument}, which is not set`);
    }
    case "hash": {
      const globs = argument.split(",").map((glob) => glob.trim());
      const hash = await values.hash(globs);
      if (hash !== undefined) return hash;
      throw new UsageError(
        `the key "${template}" needs a file that matches ${argument}: none found`,
      );
    }
    case "file": {
      const colon = argument.indexOf(":");
      const [path, pattern] = [argument.slice(0, colon), argument.slice(colon + 1)];
      return matchIn(await values.file(path), { path, pattern, template });
    }
  }
}

function matchIn(
  text: string,
  {
    path,
    pattern,
    template,
  }: { readonly path: string; readonly pattern: string; readonly template: string },
): string {
  const found = new RegExp(pattern, "m").exec(text);
  const value = found?.[1] ?? found?.[0] ?? "";
  if (value !== "") return value.trim();
  throw new UsageError(`the key "${template}" needs a match of ${pattern} in ${path}: none found`);
}
