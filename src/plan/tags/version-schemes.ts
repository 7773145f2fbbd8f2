import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import valid from "semver/functions/valid.js";
import { comparePep440, parsePep440 } from "./pep440.ts";

/** A version's parts, for the pattern of a tag rule. */
export interface Version {
  /** As it was written. */
  readonly raw: string;
  /** Normalised. */
  readonly version: string;
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  /** A prerelease and the like, which must not take `1.2` from a release. */
  readonly passing: boolean;
  /** Whether there is more to it than major, minor and patch. */
  readonly more: boolean;
}

export interface VersionScheme {
  /** What a text is not if it cannot be parsed. */
  readonly noun: string;
  readonly parse: (text: string) => Version | undefined;
  /** Below zero if `a` is older. Both must be versions. */
  readonly compare: (a: string, b: string) => number;
}

export type SchemeName = "semver" | "pep440";

/** How versions are read and compared. */
export const versionSchemes: Readonly<Record<SchemeName, VersionScheme>> = {
  semver: { noun: "a semantic version", parse: parseSemver, compare },
  pep440: { noun: "a PEP 440 version", parse: parsePython, compare: comparePython },
};

function parseSemver(text: string): Version | undefined {
  if (valid(text) === null) return undefined;
  const version = parse(text, { loose: true });
  if (version === null) return undefined;
  const { raw, major, minor, patch, prerelease } = version;
  return {
    raw,
    version: version.version,
    major: String(major),
    minor: String(minor),
    patch: String(patch),
    passing: prerelease.length > 0,
    // A build's metadata is no part of the version that is compared.
    more: false,
  };
}

function parsePython(text: string): Version | undefined {
  const found = parsePep440(text);
  if (found === undefined) return undefined;
  const { version, release, epoch, pre, post, dev, local } = found;
  const [major, minor, patch] = release;
  return {
    raw: text,
    version,
    major: String(major),
    minor: String(minor ?? 0),
    patch: String(patch ?? 0),
    passing: pre !== undefined || post !== undefined || dev !== undefined,
    more: release.length > 3 || epoch > 0n || local.length > 0,
  };
}

function comparePython(a: string, b: string): number {
  const [mine, theirs] = [parsePep440(a), parsePep440(b)];
  return mine === undefined || theirs === undefined ? 0 : comparePep440(mine, theirs);
}
