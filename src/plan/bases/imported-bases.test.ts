import { expect, it } from "vitest";
import { planFiles, yamlList } from "../../../test/support/planned-files.ts";
import type { Plan } from "../plan.ts";

// A matrix file with two lists, and builder bases as variants: each entry names the image that it
// is built on by a field. One in four has none, and is not built on a base.

const archs = ["amd64", "arm64"] as const;
const toolchains = ["cpu", "cuda", "vulkan"];
const images = "ghcr.io/acme/builders";

interface Entry {
  readonly name: string;
  readonly platforms: string;
  readonly dockerfile: string;
  readonly builder?: string;
}

/** The two entries of one image. Its builder is named by toolchain and architecture. */
function pair(list: string, index: number): Entry[] {
  const toolchain = toolchains[index % 4];
  return archs.map((arch) => ({
    name: `-${list}-${index}`,
    platforms: `linux/${arch}`,
    dockerfile: toolchain === undefined ? "Dockerfile.plain" : "Dockerfile.built",
    ...(toolchain === undefined ? {} : { builder: `${images}:base-${toolchain}-${arch}` }),
  }));
}

const listOf = (name: string): Entry[] =>
  Array.from({ length: 10 }, (_, index) => pair(name, index)).flat();
const lists = { tools: listOf("tool"), engines: listOf("engine") };
const entries = [...lists.tools, ...lists.engines];

const bases = toolchains.flatMap((toolchain) => archs.map((arch) => `base-${toolchain}-${arch}`));

const config = `
publish: "ghcr.io/acme/{name}"
x-image: &image
  matrix: matrix.yml
  name: "{name}"
  dockerfile: "{dockerfile}"
  platforms: "{platforms}"
  args: {BUILDER: "{builder}", TARGET: "{builder:+prebuilt}"}
  contexts:
${bases.map((base) => `    "${images}:${base}": "variant:${base}"`).join("\n")}
import:
  - {<<: *image, at: tools}
  - {<<: *image, at: engines}
variants:
  base:
    matrix: {toolchain: [${toolchains.join(", ")}], arch: [${archs.join(", ")}]}
    name: "base-{toolchain}-{arch}"
    dockerfile: Dockerfile.base
    platforms: "linux/{arch}"
    args: {TOOLCHAIN: "{toolchain}"}
    publish: {repository: ${images}, tags: ["type=raw,value={name}"]}
`;

const built = `ARG BUILDER=scratch
ARG TARGET=from-source
FROM scratch AS from-source
COPY source.txt /
FROM \${BUILDER} AS prebuilt
COPY source.txt /
FROM \${TARGET}
`;

const files = {
  "layerkeep.yml": config,
  "matrix.yml": `---\n${yamlList("tools", lists.tools)}${yamlList("engines", lists.engines)}`,
  "Dockerfile.base": "FROM scratch\nARG TOOLCHAIN\nCOPY toolchain.txt /\n",
  "Dockerfile.plain": "FROM scratch\nCOPY source.txt /\n",
  "Dockerfile.built": built,
  "source.txt": "1",
  "toolchain.txt": "1",
};

const idOf = ({ name, platforms }: Entry): string => `${name.slice(1)}/${platforms}`;
const baseLegs = bases.map((base) => `${base}/linux/${base.endsWith("amd64") ? "amd64" : "arm64"}`);
const children = entries.filter(({ builder }) => builder !== undefined).map(idOf);

const parentsOf = (plan: Plan): Record<string, readonly string[]> =>
  Object.fromEntries(plan.legs.map(({ id, parents }) => [id, parents.map(({ leg }) => leg)]));

/** The legs whose inputs a change of these files changes. */
async function changedBy(changed: Partial<typeof files>): Promise<string[]> {
  const [before, after] = [await planFiles(files), await planFiles({ ...files, ...changed })];
  const digests = new Map(before.legs.map(({ id, input }) => [id, input.digest]));
  return after.legs.flatMap(({ id, input }) => (digests.get(id) === input.digest ? [] : [id]));
}

it("an entry of a matrix is built on the base that its field names, for its platform", async () => {
  const plan = await planFiles(files);
  const parentOf = ({ builder, platforms }: Entry): string[] =>
    builder === undefined ? [] : [`${builder.slice(images.length + 1)}/${platforms}`];
  expect(parentsOf(plan)).toEqual({
    ...Object.fromEntries(baseLegs.map((id) => [id, []])),
    ...Object.fromEntries(entries.map((entry) => [idOf(entry), parentOf(entry)])),
  });
  expect(plan.warnings).toEqual([]);
});

it("a change of the bases touches them and what is built on them, and nothing else", async () => {
  const changed = await changedBy({ "toolchain.txt": "2" });
  expect(changed.sort()).toEqual([...baseLegs, ...children].sort());
});

it("a change of the sources touches no base", async () => {
  expect((await changedBy({ "source.txt": "2" })).sort()).toEqual(entries.map(idOf).sort());
});
