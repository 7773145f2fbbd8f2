import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";

/** How a file is reduced before it is hashed, so that irrelevant parts do not count. */
export type Normaliser =
  | { readonly kind: "strip-comments" }
  /** `at`: a JSON pointer. */
  | { readonly kind: "json"; readonly at: string }
  /** `at`: keys with dots between; empty: all of it. */
  | { readonly kind: "yaml"; readonly at: string }
  /** `baseline`: an earlier state of the file, relative to the config; later additions do not count. */
  | { readonly kind: "protobuf"; readonly baseline: string | undefined }
  /** A shell command that reads the file from its stdin. */
  | { readonly kind: "command"; readonly command: string };

const kinds = ["strip-comments", "json", "yaml", "protobuf", "command"] as const;

/**
 * Parses a normaliser: `strip-comments`, `json:/pointer`, `yaml:path.to.it`, `protobuf`,
 * `protobuf:baseline.proto`, `command:jq .version`. Throws a usage error that lists the known ones.
 */
export function parseNormaliser(text: string): Normaliser {
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? undefined : text.slice(colon + 1);
  switch (kind) {
    case "strip-comments":
      if (rest !== undefined)
        throw wrong(text, "strip-comments does not accept an argument: remove it");
      return { kind };
    case "json":
      if (rest === undefined || !/^(?:\/(?:[^~/]|~[01])*)*$/.test(rest)) {
        throw wrong(text, "add a JSON pointer: json:/dependencies");
      }
      return { kind, at: rest };
    case "yaml":
      return { kind, at: rest ?? "" };
    case "protobuf":
      if (rest === "") throw wrong(text, "add a baseline, or remove the colon");
      return { kind, baseline: rest };
    case "command":
      if (rest === undefined || rest.trim() === "") {
        throw wrong(text, "add a command: command:jq .version");
      }
      return { kind, command: rest };
    default:
      throw wrong(text, suggest(kind, kinds));
  }
}

function wrong(text: string, hint: string): UsageError {
  return new UsageError(`"${text}" is not a valid filter`, { hint });
}
