import { expect, it } from "vitest";
import { watchCredentials } from "./used-secrets.ts";

it("remembers the passwords and tokens that were given, and no user names", async () => {
  const watched = watchCredentials(({ host }) =>
    Promise.resolve(
      host === "a.io"
        ? { kind: "basic" as const, username: "robot", password: "p4ss" }
        : host === "b.io"
          ? { kind: "identity" as const, token: "t0ken" }
          : undefined,
    ),
  );
  expect(watched.secrets()).toEqual([]);
  for (const host of ["a.io", "b.io", "c.io", "a.io"]) await watched.source({ host, path: "x" });
  expect(watched.secrets()).toEqual(["p4ss", "cm9ib3Q6cDRzcw==", "t0ken"]);
});
