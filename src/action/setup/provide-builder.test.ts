import { expect, it } from "vitest";
import { fakeBuildx, inspected } from "../../../test/support/fake-buildx.ts";
import { EngineError } from "../../errors.ts";
import { provideBuilder } from "./provide-builder.ts";

const { signal } = new AbortController();
const wish = {
  name: undefined,
  driverOpts: [],
  buildkitdConfig: undefined,
  cache: "registry" as const,
};
/** The current builder is Docker's own with its older store; others are named `ci` and made. */
const older = `case "$*" in
  "inspect") cat <<'END'
${inspected("default", "docker", { containerd: false })}END
  ;;
  "inspect ci"|"inspect default") cat <<'END'
${inspected("ci", "docker-container")}END
  ;;
  inspect*) echo 'ERROR: no builder "x" found' >&2; exit 1 ;;
esac`;

it("uses the current builder if it can export the config's caches", async () => {
  using fake = fakeBuildx(`cat <<'END'\n${inspected("default", "docker")}END`);
  expect(await provideBuilder(wish, fake.buildx, signal)).toEqual({
    name: "default",
    origin: "found",
  });
  expect(fake.asked()).toEqual(["inspect"]);
});

it("creates one if it cannot", async () => {
  using fake = fakeBuildx(older);
  expect(await provideBuilder(wish, fake.buildx, signal)).toEqual({
    name: "layerkeep",
    origin: "created",
  });
  expect(fake.asked().at(-1)).toBe("create --name layerkeep --driver docker-container --bootstrap");
});

it("creates one with the options that it was given, under its name", async () => {
  using fake = fakeBuildx(older);
  const driverOpts = ["network=host", "image=moby/buildkit:v0.26.2"];
  const given = { ...wish, name: "fast", driverOpts, buildkitdConfig: "buildkitd.toml" };
  expect(await provideBuilder(given, fake.buildx, signal)).toEqual({
    name: "fast",
    origin: "created",
  });
  expect(fake.asked().at(-1)).toBe(
    "create --name fast --driver docker-container --bootstrap --driver-opt network=host --driver-opt image=moby/buildkit:v0.26.2 --buildkitd-config buildkitd.toml",
  );
});

it("uses an existing one as it is, and says that options do not change it", async () => {
  using fake = fakeBuildx(older);
  const given = { ...wish, name: "ci", driverOpts: ["network=host"] };
  expect(await provideBuilder(given, fake.buildx, signal)).toMatchObject({
    name: "ci",
    origin: "found",
    warning: expect.stringContaining("using the existing builder ci") as unknown,
  });
});

it("refuses a named builder that cannot export the caches, or that does not exist", async () => {
  using fake = fakeBuildx(`cat <<'END'\n${inspected("old", "docker", { containerd: false })}END`);
  const named = provideBuilder({ ...wish, name: "old" }, fake.buildx, signal);
  await expect(named).rejects.toThrow(
    'builder "old" (driver docker) cannot export a cache of type registry',
  );
  using none = fakeBuildx(older);
  const missing = provideBuilder({ ...wish, name: "x" }, none.buildx, signal);
  await expect(missing).rejects.toThrow(EngineError);
});
