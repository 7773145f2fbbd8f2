import { expect, it } from "vitest";
import { RegistryError, UsageError } from "../errors.ts";
import { testIo } from "../../test/support/io.ts";
import { annotate, annotateError } from "./annotate.ts";

function annotated(error: unknown): string {
  const { io, err } = testIo({ env: { GITHUB_ACTIONS: "true" } });
  annotateError(error, io);
  return err();
}

it("shows each problem beside its line", () => {
  const problems = [
    { file: "layerkeep.yml", line: 3, column: 5, message: "no such key", hint: "try keys" },
    { file: "layerkeep.yml", line: 9, message: "100% wrong" },
  ];
  expect(annotated(new UsageError(problems, { hint: "see the docs" }))).toBe(
    "::error file=layerkeep.yml,line=3,col=5::no such key%0Ahint: try keys\n" +
      "::error file=layerkeep.yml,line=9::100%25 wrong%0Ahint: see the docs\n",
  );
});

it("shows an error without a place once, with its hint", () => {
  expect(annotated(new UsageError("no config", { hint: "run layerkeep init" }))).toBe(
    "::error::no config%0Ahint: run layerkeep init\n",
  );
  const refused = new RegistryError({ method: "GET", url: "https://ghcr.io/v2/", status: 401 });
  expect(annotated(refused)).toBe("::error::GET https://ghcr.io/v2/: 401\n");
  expect(annotated("broken")).toMatch(/^::error::this is a bug in Layerkeep; .*%0Abroken\n$/);
});

it("lets no text become a command, and says nothing outside of GitHub", () => {
  expect(annotated(new UsageError("\u001b[31ma\n::set-output name=x::y"))).toBe(
    "::error::a%0A: :set-output name=x::y\n",
  );
  const { io, err } = testIo();
  annotate("error", "x", io);
  expect(err()).toBe("");
});

it("names files by their path in the workspace", () => {
  const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: "/ws/app" };
  const { io, err } = testIo({ env });
  annotate("warning", "x", io, { file: "/ws/app/sub/layerkeep.yml", line: 1 });
  annotate("warning", "x", io, { file: "sub/layerkeep.yml" });
  expect(err()).toBe(
    "::warning file=sub/layerkeep.yml,line=1::x\n::warning file=sub/layerkeep.yml::x\n",
  );
});
