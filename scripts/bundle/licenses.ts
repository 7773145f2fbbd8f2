import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** Packages without a license file, with one of the same repository that has it. */
const siblings: Readonly<Record<string, string>> = { "proxy-agent-negotiate": "agent-base" };

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly repository?: string | { readonly url?: string };
}

/**
 * The licenses of the packages that a bundle's inputs come from, by name. Throws for a package
 * whose license has no text.
 */
export function renderLicenses(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((input) => packageOf(input) ?? []));
  return [...packages].sort().map(renderLicense).join("\n");
}

/** `node_modules/a/node_modules/@b/c` of a file in it. */
function packageOf(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function renderLicense(folder: string): string {
  const { name, version, license } = readPackage(folder);
  const text = licenseTextIn(folder) ?? licenseTextOfSibling(folder);
  if (text === undefined) throw new Error(`${name} has no license file`);
  return `${name} ${version} (${license})\n\n${text}\n`;
}

function licenseTextIn(folder: string): string | undefined {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(entry));
  return file === undefined ? undefined : readFileSync(join(folder, file), "utf8").trim();
}

/** Only from a package with the same license and repository, which may have moved since. */
function licenseTextOfSibling(folder: string): string | undefined {
  const sibling = siblings[basename(folder)];
  if (sibling === undefined) return undefined;
  const beside = join(dirname(folder), sibling);
  if (!isDeepStrictEqual(termsOf(folder), termsOf(beside))) {
    throw new Error(`${sibling} has another license or repository than ${basename(folder)}`);
  }
  return licenseTextIn(beside);
}

function termsOf(folder: string): readonly unknown[] {
  const { license, repository } = readPackage(folder);
  return [license, typeof repository === "string" ? repository : repository?.url];
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
}
