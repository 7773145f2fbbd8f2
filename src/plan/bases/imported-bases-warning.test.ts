import { expect, it } from "vitest";
import { planFiles } from "../../../test/support/planned-files.ts";

// An image that another variant publishes, named by a build argument of an imported entry.

const base = `publish: "ghcr.io/acme/{name}"
variants:
  builder: {dockerfile-inline: FROM scratch}
`;
const dockerfile = "ARG BUILDER_BASE_IMAGE=scratch\nFROM ${BUILDER_BASE_IMAGE}\nCOPY x /\n";
const warning = (name: string): string =>
  `${name}: it uses ghcr.io/acme/builder:main (Dockerfile:2), which builder publishes. Changes to a published image reach the variant one run later. To build everything in one run, add contexts: {"ghcr.io/acme/builder:main": "variant:builder"}`;

const imports: readonly [string, Readonly<Record<string, string>>, string][] = [
  [
    "a matrix",
    { "m.yml": "include: [{n: app, b: ghcr.io/acme/builder:main}, {n: other}]" },
    '{matrix: m.yml, name: "{n}", args: {BUILDER_BASE_IMAGE: "{b}"}, publish: false',
  ],
  [
    "a Compose file",
    {
      "c.yml":
        "services: {app: {build: {args: {BUILDER_BASE_IMAGE: ghcr.io/acme/builder:main}}}, other: {build: .}}",
    },
    "{compose: c.yml, publish: false",
  ],
];

it.each(imports)("is a warning with the contexts to add, from %s", async (_, files, entry) => {
  const { warnings } = await planFiles({
    ...files,
    Dockerfile: dockerfile,
    x: "",
    "layerkeep.yml": `${base}import: [${entry}}]\n`,
  });
  expect(warnings.filter((one) => one.includes("publishes"))).toEqual([warning("app")]);
});

it("is no warning once an import of a matrix has the contexts", async () => {
  const [[, files, entry] = ["", {}, ""]] = imports;
  const { warnings, legs } = await planFiles({
    ...files,
    Dockerfile: dockerfile,
    x: "",
    "layerkeep.yml": `${base}import: [${entry}, contexts: {"ghcr.io/acme/builder:main": "variant:builder"}}]\n`,
  });
  expect(warnings.filter((one) => one.includes("publishes"))).toEqual([]);
  expect(legs.map(({ variant, parents }) => [variant, parents.map(({ leg }) => leg)])).toEqual([
    ["builder", []],
    ["app", ["builder/linux/amd64"]],
    ["other", []],
  ]);
});
