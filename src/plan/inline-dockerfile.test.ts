import { expect, it } from "vitest";
import { planFiles } from "../../test/support/planned-files.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan } from "./plan.ts";

const text = "FROM scratch\nCOPY . /\n";
const files = (inline: string): Record<string, string> => ({
  "layerkeep.yml": `variants:
  inline: {context: app, dockerfile-inline: ${JSON.stringify(inline)}}
  file: {context: app, dockerfile: docker/File}
`,
  "docker/File": text,
  "app/.dockerignore": "left-out.txt\n",
  // These belong to a file of the context, not to an inline one.
  "app/Dockerfile.dockerignore": "*",
  "app/left-out.txt": "",
  "app/taken.txt": "",
});

const digests = ({ legs }: Plan): Record<string, string> =>
  Object.fromEntries(legs.map(({ variant, input }) => [variant, input.digest]));

it("an inline Dockerfile is the same input as a file with its text, and with the context's ignore file", async () => {
  const plan = await planFiles(files(text));
  const { inline, file } = digests(plan);
  expect(inline).toBe(file);
  const changed = digests(await planFiles(files(`${text}LABEL a=b\n`)));
  expect(changed["inline"]).not.toBe(inline);
  expect(changed["file"]).toBe(file);
});

it("a plan carries it", async () => {
  const plan = await planFiles(files(text));
  const read = parsePlan(JSON.stringify(plan), "plan.json");
  expect(read.legs.map(({ build }) => [build.dockerfile, build.dockerfileInline])).toEqual([
    ["inline Dockerfile of inline", text],
    ["docker/File", null],
  ]);
});

it("an error in it names the variant and the line", async () => {
  await expect(planFiles(files("FROM scratch\nCOPIE . /\n"))).rejects.toThrow(
    /^inline Dockerfile of inline:2: .*COPIE/m,
  );
});
