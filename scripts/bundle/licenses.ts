import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licenses of the packages that a bundle's inputs come from, by name. */
export function renderLicenses(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((input) => packageOf(input) ?? []));
  return [...packages].sort().map(renderLicense).join("\n");
}

/** `node_modules/a/node_modules/@b/c` of a file in it. */
function packageOf(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function renderLicense(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Readonly<Record<string, string>>;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(entry));
  const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
  return `${name ?? folder} ${version ?? ""} (${license ?? "no license named"})\n\n${text}\n`;
}
