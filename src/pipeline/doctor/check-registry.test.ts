import { expect, it } from "vitest";
import { RegistryError } from "../../errors.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { checkRegistry } from "./check-registry.ts";

const now = new Date("2026-11-29T12:00:00Z");
const denied = new RegistryError({ method: "POST", url: "https://ghcr.io/v2/", status: 403 });

/** A client whose pushes are refused by `push`, of a host whose clock is `date`. */
function check(
  { date = now, push }: { readonly date?: Date; readonly push?: Error },
  pushes = false,
) {
  const client = {
    ping: () => Promise.resolve({ date }),
    headManifest: () => Promise.resolve(undefined),
    startUpload: () => (push === undefined ? Promise.resolve({}) : Promise.reject(push)),
    cancelUpload: () => Promise.resolve(),
  } as unknown as RegistryClient;
  const { signal } = new AbortController();
  return checkRegistry(parseRepository("ghcr.io/acme/app"), {
    ...{ client, now: () => now, pushes, signal },
  });
}

it("is fine if it can be read and pushed to", async () => {
  expect(await check({})).toMatchObject([{ outcome: "ok", title: "ghcr.io/acme/app" }]);
});

it("fails without a push only if the run pushes", async () => {
  expect(await check({ push: denied })).toMatchObject([
    { outcome: "warn", advice: "run `docker login ghcr.io` with an account that has access to it" },
  ]);
  expect(await check({ push: denied }, true)).toMatchObject([{ outcome: "fail" }]);
});

it.each([
  [59, undefined],
  [-90, "this machine is 90 s ahead of ghcr.io"],
  [300, "this machine is 300 s behind ghcr.io"],
])("a clock that differs by %i s", async (seconds, detail) => {
  const [, clock] = await check({ date: new Date(now.getTime() + seconds * 1000) });
  expect(clock?.detail).toBe(detail);
});

it("throws what is no error of a registry", async () => {
  await expect(check({ push: new TypeError("bug") })).rejects.toThrow("bug");
});
