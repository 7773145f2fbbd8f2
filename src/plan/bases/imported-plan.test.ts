import { expect, it } from "vitest";
import { planFiles, yamlList } from "../../../test/support/planned-files.ts";

interface Entry {
  readonly platforms: string;
  readonly "tag-suffix": string;
  readonly "runs-on": string;
  readonly "base-image": string;
  readonly backend: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly "builder-base-image"?: string;
}

const kinds = ["python", "golang", "llama"];

/**
 * A third of the images for two architectures; some of those have a base image of their own for
 * each.
 */
function entryOf(index: number, architecture: "amd64" | "arm64"): Entry {
  const kind = kinds[index % 3] ?? "";
  return {
    platforms: `linux/${architecture}`,
    "tag-suffix": `-cpu-backend${index}`,
    "runs-on": architecture === "arm64" ? "ubuntu-24.04-arm" : index % 7 === 0 ? "big" : "ubuntu",
    "base-image": "scratch",
    backend: `backend${index}`,
    dockerfile: `./backend/Dockerfile.${kind}`,
    context: "./",
    ...(kind === "llama" ? { "builder-base-image": `ghcr.io/acme/grpc:${architecture}` } : {}),
  };
}

const entries = [
  ...Array.from({ length: 90 }, (_, index) => entryOf(index, "amd64")),
  ...Array.from({ length: 30 }, (_, index) => entryOf(index * 3 + (index % 3), "arm64")),
];

const config = `
runners: {linux/amd64: never, linux/arm64: never}
import:
  - matrix: matrix.yml
    name: "{tag-suffix}"
    dockerfile: "{dockerfile}"
    context: "{context}"
    platforms: "{platforms}"
    runner: "{runs-on}"
    args: {BASE: "{base-image}", BACKEND: "{backend}", BUILDER: "{builder-base-image}"}
`;

it("an imported matrix plans to the same legs as its entries, names, platforms, runners and arguments", async () => {
  const text = "ARG BASE\nFROM ${BASE}\nARG BACKEND\nARG BUILDER\nCOPY backend /\n";
  const plan = await planFiles({
    "layerkeep.yml": config,
    "matrix.yml": `---\n${yamlList("include", entries)}`,
    ...Object.fromEntries(kinds.map((kind) => [`backend/Dockerfile.${kind}`, text])),
  });
  const planned = plan.legs.map(({ id, platform, runner, build }) => {
    const { dockerfile, args } = build;
    return { id, platform, runner, dockerfile, context: build.context, args };
  });
  const expected = entries.map((entry) => {
    const builder = entry["builder-base-image"];
    return {
      id: `${entry["tag-suffix"].slice(1)}/${entry.platforms}`,
      platform: entry.platforms,
      runner: entry["runs-on"],
      dockerfile: entry.dockerfile.slice(2),
      context: ".",
      args: {
        BASE: entry["base-image"],
        BACKEND: entry.backend,
        ...(builder === undefined ? {} : { BUILDER: builder }),
      },
    };
  });
  const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
  expect(planned.sort(byId)).toEqual(expected.sort(byId));
  expect(plan.variants).toHaveLength(90);
  expect(plan.variants.filter(({ legs }) => legs.length === 2)).toHaveLength(30);
});
