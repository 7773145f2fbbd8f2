import { expect, it } from "vitest";
import { loadFiles, problemsOf } from "../../../test/support/config-files.ts";

const dockerfiles = async (config: string): Promise<unknown> => {
  const { variants } = await loadFiles({ "layerkeep.yml": config, "b/Dockerfile": "FROM scratch" });
  return Object.fromEntries(
    variants.map(({ name, dockerfile, dockerfileInline }) => [
      name,
      dockerfileInline ?? dockerfile,
    ]),
  );
};

it("is taken as it is, braces included, with the config's variables replaced", async () => {
  const config = `vars: {V: 3}
variants:
  a:
    matrix: {x: [1]}
    name: "a{x}"
    dockerfile-inline: |
      FROM alpine:\${V}
      ARG N
      RUN awk '{print}' /x && echo {x} $N $\${N}
`;
  const text = "FROM alpine:3\nARG N\nRUN awk '{print}' /x && echo {x} $N ${N}\n";
  expect(await dockerfiles(config)).toEqual({ a1: text });
});

it("replaces a Dockerfile of the defaults, and is replaced by one", async () => {
  const variants = `variants:
  a: {dockerfile-inline: FROM a}
  b: {dockerfile: b/Dockerfile}
  c: {dockerfile-inline: ""}
  d: {}
`;
  const own = { a: "FROM a", b: "b/Dockerfile" };
  expect(await dockerfiles(`defaults: {dockerfile-inline: FROM d}\n${variants}`)).toEqual({
    ...{ ...own, c: "Dockerfile", d: "FROM d" },
  });
  expect(await dockerfiles(`defaults: {dockerfile: b/Dockerfile}\n${variants}`)).toEqual({
    ...{ ...own, c: "Dockerfile", d: "b/Dockerfile" },
  });
});

it("differs from that of another platform of an imported variant", async () => {
  const files = {
    "m.yml": "include: [{n: a, p: linux/amd64}, {n: a, p: linux/arm64}]",
    "layerkeep.yml":
      'import:\n  - {matrix: m.yml, name: "{n}", platforms: "{p}", where: {p: linux/amd64}, dockerfile-inline: FROM a}\n  - {matrix: m.yml, name: "{n}", platforms: "{p}", where: {p: linux/arm64}, dockerfile-inline: FROM b}\n',
  };
  expect(await problemsOf(files)).toEqual([
    'layerkeep.yml:3:96: m.yml:1: "a" has a different dockerfile-inline than at m.yml:1: "FROM b", not "FROM a" (entries with the same name form one variant: only platform, args and runner can differ)',
  ]);
});

it.each([
  [
    "variants: {a: {dockerfile: Dockerfile, dockerfile-inline: FROM x}}",
    "1:59: dockerfile and dockerfile-inline are both set (keep one of them)",
  ],
  [
    "defaults: {dockerfile: Dockerfile, dockerfile-inline: FROM x}\nvariants: {a: }",
    "1:55: dockerfile and dockerfile-inline are both set (keep one of them)",
  ],
  [
    "variants: {a: {dockerfile-inline: [FROM x]}}",
    "1:35: variants.a.dockerfile-inline must be a string, not a list",
  ],
])("is an error: %s", async (config, message) => {
  expect(await problemsOf({ "layerkeep.yml": config })).toEqual([`layerkeep.yml:${message}`]);
});
