import { expect, test } from "vitest";
import { isLocalName } from "./local-names.ts";

test.each([
  "localhost",
  "LOCALHOST:5000",
  "localhost.:5000",
  "registry.localhost:5000",
  "127.0.0.1",
  "127.0.0.1:20001",
  "127.8.9.10:1",
  "[::1]",
  "[::1]:5000",
  // A forwarded port; a page's own domain is never an address.
  "172.17.0.1:5000",
  "[fd00::1]:5000",
  "host.docker.internal:5000",
  "host.containers.internal",
])("%s is local", (host) => {
  expect(isLocalName(host)).toBe(true);
});

test.each([
  "",
  "attacker.example",
  "attacker.example:5000",
  "localhost.attacker.example",
  "127.0.0.1.attacker.example",
  "127.0.0.1.attacker.example:5000",
  "xlocalhost",
  "docker.internal",
  "::1:5000.example",
  "[::1].example",
])("%s is not local", (host) => {
  expect(isLocalName(host)).toBe(false);
});
