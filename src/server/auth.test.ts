import { expect, test } from "vitest";
import { requireBasicAuth } from "./auth.ts";
import type { RegistryRequest } from "./reply.ts";

function attempt(authorization: string | undefined): void {
  const request: RegistryRequest = {
    method: "GET",
    path: "/v2/",
    query: new URLSearchParams(),
    headers: { authorization },
    body: (async function* () {})(),
  };
  requireBasicAuth(request, { user: "ada", password: "pass:wörd" });
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

test("lets in who knows the password", () => {
  expect(() => attempt(basic("ada:pass:wörd"))).not.toThrow();
  expect(() => attempt(basic("ada:pass:wörd").replace("Basic", "basic"))).not.toThrow();
});

test.each([
  undefined,
  "",
  basic(""),
  basic("ada"),
  basic("ada:"),
  basic("ada:pass"),
  basic("eve:pass:wörd"),
  basic("ada:pass:wörd "),
  "Bearer ada:pass:wörd",
  "ada:pass:wörd",
])("keeps out %j, and asks for a password", (authorization) => {
  expect(() => attempt(authorization)).toThrow(
    expect.objectContaining({
      status: 401,
      code: "UNAUTHORIZED",
      headers: { "www-authenticate": 'Basic realm="layerkeep registry", charset="UTF-8"' },
    }),
  );
});
