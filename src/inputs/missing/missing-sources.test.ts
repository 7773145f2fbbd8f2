import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configOf, variantOf, type VariantChanges } from "../../../test/support/configs.ts";
import { openSources, sourceCases } from "../../../test/support/dockerfile/missing-sources.ts";
import { renderProblem } from "../../errors.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { DockerfileReader, readLegInputs } from "../leg-inputs.ts";
import { recipeOf } from "../recipe.ts";
import { findMissingSources, type MissingSource } from "./missing-sources.ts";

/** What is missing for variants on linux/amd64; base images set nothing. */
async function missing(
  root: string,
  ...variants: readonly (VariantChanges & { readonly name?: string })[]
): Promise<readonly MissingSource[]> {
  const config = configOf({ root });
  const machine = parsePlatform("linux/amd64");
  const reader = new DockerfileReader(root);
  const legs = await Promise.all(
    variants.map(({ name = "app", ...changes }) =>
      readLegInputs(recipeOf(config, variantOf(name, changes), machine, machine), {
        ...{ reader, epoch: undefined },
        baseConfig: () => ({ env: [], onbuild: [] }),
      }),
    ),
  );
  return findMissingSources(root, legs);
}

describe("finds what BuildKit would not find", () => {
  const folder = openSources();

  // test/integration/missing-sources.test.ts asks BuildKit the same.
  it.each(sourceCases)("$text", async (one) => {
    folder.write(one, "busybox");
    const contexts = { named: "named" };
    const dockerfile = "context/Dockerfile";
    const found = await missing(folder.path, { context: "context", dockerfile, contexts });
    expect(found.length > 0).toBe(one.fails && one.untold !== true);
  });
});

describe("says what to do", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "layerkeep-missing-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  const said = async (...variants: Parameters<typeof missing>[1][]) =>
    (await missing(root, ...variants)).map(renderProblem);
  const api = { context: "services/api", dockerfile: "services/api/Dockerfile" };
  const dockerfile = (...lines: readonly string[]) => ["FROM busybox", ...lines, ""].join("\n");

  it("names the context that has all sources", async () => {
    write({
      "services/api/Dockerfile": dockerfile("COPY go.mod .", "COPY services/api/*.go ./"),
      "go.mod": "",
    });
    const where = 'the context "services/api"';
    const hint = `(it exists in the config's folder: did you mean "context: ."?)`;
    expect(await said(api)).toEqual([
      `services/api/Dockerfile:2: COPY go.mod will fail: "go.mod" not found in ${where} ${hint}`,
      `services/api/Dockerfile:3: COPY services/api/*.go will fail: "services/api" not found in ${where} ${hint}`,
    ]);
  });

  it("names the Dockerfile's own folder", async () => {
    write({ "web/Dockerfile": dockerfile("COPY dist /"), "web/dist/index.html": "" });
    expect(await said({ context: ".", dockerfile: "web/Dockerfile" })).toEqual([
      'web/Dockerfile:2: COPY dist will fail: "dist" not found in the context "." (it exists in "web": did you mean "context: web"?)',
    ]);
  });

  it("does not recommend a context that lacks another source", async () => {
    write({
      "services/api/Dockerfile": dockerfile("COPY main.go .", "COPY shared /"),
      "services/api/main.go": "",
      "shared/x": "",
    });
    expect(await said(api)).toEqual([
      'services/api/Dockerfile:3: COPY shared will fail: "shared" not found in the context "services/api" ("shared" exists, but paths are relative to the context)',
    ]);
  });

  it("explains that a path cannot leave the context", async () => {
    write({
      "services/api/Dockerfile": dockerfile("COPY main.go .", "COPY ../lib /"),
      "services/api/main.go": "",
      "services/lib/x": "",
    });
    expect(await said(api)).toEqual([
      'services/api/Dockerfile:3: COPY ../lib will fail: "lib" not found in the context "services/api" (COPY cannot leave its context: use a folder above it as the context, or a named context)',
    ]);
  });

  it("suggests the nearest name", async () => {
    write({ Dockerfile: dockerfile("COPY src/mian.go /"), "src/main.go": "" });
    expect(await said({})).toEqual([
      'Dockerfile:2: COPY src/mian.go will fail: "src/mian.go" not found in the context "." (did you mean "src/main.go"?)',
    ]);
  });

  it("names the pattern that excludes a file", async () => {
    write({
      Dockerfile: dockerfile("COPY dist/app /", "COPY notes.md /"),
      "notes.md": "",
      "dist/app": "",
      ".dockerignore": "# built\n\ndist\n",
    });
    const add = (path: string) => `(remove the pattern, or add the line "!${path}" below it)`;
    expect(await said({})).toEqual([
      `Dockerfile:2: COPY dist/app will fail: "dist/app" is excluded from the context "." by .dockerignore:3 ${add("dist/app")}`,
    ]);
    write({ "Dockerfile.dockerignore": "*\n!dist\n" });
    expect(await said({})).toEqual([
      `Dockerfile:3: COPY notes.md will fail: "notes.md" is excluded from the context "." by Dockerfile.dockerignore:1 ${add("notes.md")}`,
    ]);
  });

  it("names a named context", async () => {
    write({ Dockerfile: dockerfile("COPY --from=lib x y /"), "lib/x": "" });
    expect(await said({ contexts: { lib: "lib" } })).toEqual([
      'Dockerfile:2: COPY y will fail: "y" not found in the context "lib" ("lib") (did you mean "x"?)',
    ]);
  });

  it("reports a source once, with the legs that need it", async () => {
    write({ Dockerfile: dockerfile("COPY no /") });
    const found = await missing(root, { name: "a" }, { name: "b" });
    expect(found).toMatchObject([{ line: 2, legs: ["a/linux/amd64", "b/linux/amd64"] }]);
  });

  it("does not look for files that `inputs` leaves out", async () => {
    write({
      Dockerfile: dockerfile("COPY src /", "COPY readme.md /"),
      "src/a": "",
      "readme.md": "",
    });
    expect(await said({ inputs: ["src/**"] })).toEqual([]);
  });

  it("says nothing about --parents", async () => {
    write({ Dockerfile: dockerfile("COPY --parents no /"), "src/a": "" });
    expect(await said({})).toEqual([]);
  });
});
