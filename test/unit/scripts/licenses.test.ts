import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { renderLicenses } from "../../../scripts/bundle/licenses.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-licenses-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a package, and returns the path of a file in it. */
function install(name: string, owner: string, license?: string): string {
  const path = join(folder, "node_modules", name);
  const repository = { type: "git", url: `https://github.com/${owner}.git`, directory: name };
  const files = {
    "package.json": JSON.stringify({ name, version: "1.0.0", license: "MIT", repository }),
    "dist/index.js": "",
    ...(license === undefined ? {} : { LICENSE: license }),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return join(path, "dist/index.js");
}

it("has the text of each package once, by name", () => {
  const inputs = [install("b", "x/b", "Of b.\n"), install("@a/c", "x/c", "Of c.\n"), "src/main.ts"];
  expect(renderLicenses([...inputs, ...inputs])).toBe(
    "@a/c 1.0.0 (MIT)\n\nOf c.\n\nb 1.0.0 (MIT)\n\nOf b.\n",
  );
});

it("takes a missing text from a package of the same repository", () => {
  install("agent-base", "x/agents", "Of all.\n");
  const input = install("proxy-agent-negotiate", "x/agents");
  expect(renderLicenses([input])).toBe("proxy-agent-negotiate 1.0.0 (MIT)\n\nOf all.\n");
});

it("refuses a package without a text", () => {
  expect(() => renderLicenses([install("b", "x/b")])).toThrow("b has no license file");
});

it("refuses a text from a package of another repository", () => {
  install("agent-base", "x/agents", "Of all.\n");
  expect(() => renderLicenses([install("proxy-agent-negotiate", "y/agents")])).toThrow(
    "agent-base has another license or repository than proxy-agent-negotiate",
  );
});
