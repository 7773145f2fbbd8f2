import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { environmentDocs, renderEnvironmentDocs } from "../../scripts/environment-docs.ts";
import { renderMan } from "../../scripts/man.ts";
import { variablesRead } from "../../src/cli/variables-read.ts";

const documented = variablesRead.flatMap(({ variables }) => variables.flatMap(([names]) => names));

/** In the forms in which the source reads variables; the actions have inputs instead. */
const forms = [
  /\b(?:env|environment)\["(\w+)"\]/g,
  /\b(?:has|read|textOf|numberOf)\((?:env, )?"([A-Z][A-Z0-9_]+)"\)/g,
  /"((?:LAYERKEEP|XDG)_[A-Z_]+)"/g,
];

it("the page of variables is up to date (npx tsx scripts/environment-docs.ts)", () => {
  expect(readFileSync(environmentDocs, "utf8")).toBe(renderEnvironmentDocs());
});

it("every variable that the source reads is documented", () => {
  const texts = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|^action\/|variables-read\.ts$/.test(file))
    .map((file) => readFileSync(`src/${file}`, "utf8"));
  const found = new Set(
    texts.flatMap((text) =>
      forms.flatMap((form) => [...text.matchAll(form)].map(([, name]) => name)),
    ),
  );
  expect(found.size).toBeGreaterThan(50);
  const missing = [...found].filter((name = "") => !isDocumented(name));
  expect(missing).toEqual([]);
});

it("the manual page has every variable", () => {
  const page = renderMan();
  for (const name of documented)
    expect(page).toContain(name.replace("VAR_NAME", "VAR_\\fINAME\\fP"));
});

function isDocumented(name: string): boolean {
  return documented.some((one) => {
    const start = /^(.*_)(?:\*|NAME)$/.exec(one)?.[1];
    return start === undefined ? one === name : name.startsWith(start);
  });
}
