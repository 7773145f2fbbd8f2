import { expect, it } from "vitest";
import { comparePep440, parsePep440, type Pep440 } from "./pep440.ts";

// The examples of PEP 440 itself, and one for each of its normalisations.
it.each([
  ["1.0", "1.0"],
  ["v1.0", "1.0"],
  [" 1.0\n", "1.0"],
  ["1.1RC1", "1.1rc1"],
  ["00", "0"],
  ["09000", "9000"],
  ["1.0+foo0100", "1.0+foo0100"],
  ["1.1.a1", "1.1a1"],
  ["1.1-a1", "1.1a1"],
  ["1.0a.1", "1.0a1"],
  ["1.1alpha1", "1.1a1"],
  ["1.1beta2", "1.1b2"],
  ["1.1c3", "1.1rc3"],
  ["1.1pre4", "1.1rc4"],
  ["1.1_preview_5", "1.1rc5"],
  ["1.2a", "1.2a0"],
  ["1.2-post2", "1.2.post2"],
  ["1.2post2", "1.2.post2"],
  ["1.2.post-2", "1.2.post2"],
  ["1.0-r4", "1.0.post4"],
  ["1.0rev4", "1.0.post4"],
  ["1.2.post", "1.2.post0"],
  ["1.0-1", "1.0.post1"],
  ["1.2-dev2", "1.2.dev2"],
  ["1.2dev2", "1.2.dev2"],
  ["1.2.dev", "1.2.dev0"],
  ["1.0+ubuntu-1", "1.0+ubuntu.1"],
  ["1.0+ubuntu_1", "1.0+ubuntu.1"],
  ["1!2013.10", "1!2013.10"],
  ["0!1.0", "1.0"],
  ["20200110123456789012", "20200110123456789012"],
])("normalises %j to %s", (text, version) => {
  expect(parsePep440(text)?.version).toBe(version);
});

it.each(["", "v", "1.0.", "1..0", "1.0-", "1.0rc1x", "1.0+", "1.0+a..b", "main", "1.0.0-beta.x"])(
  "refuses %j",
  (text) => {
    expect(parsePep440(text)).toBeUndefined();
  },
);

it("orders versions as the PEP does", () => {
  const ordered = [
    "1.dev0",
    "1.0.dev456",
    "1.0a1",
    "1.0a2.dev456",
    "1.0a12.dev456",
    "1.0a12",
    "1.0b1.dev456",
    "1.0b2",
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
    "1.0+5.1",
    "1.0.post456.dev34",
    "1.0.post456",
    "1.0.15",
    "1.1.dev1",
    "1.10",
    "2013.10",
    "1!1.0",
  ].map(parsed);
  for (const [index, version] of ordered.entries()) {
    const signs = ordered.map((other) => Math.sign(comparePep440(version, other)));
    expect(signs).toEqual(ordered.map((_, at) => Math.sign(index - at)));
  }
});

it("takes 1, 1.0 and 1.0.0 for one version", () => {
  expect(comparePep440(parsed("1"), parsed("1.0.0"))).toBe(0);
  expect(comparePep440(parsed("0"), parsed("0.0"))).toBe(0);
  expect(comparePep440(parsed("1.0.1"), parsed("1"))).toBeGreaterThan(0);
});

function parsed(text: string): Pep440 {
  const version = parsePep440(text);
  if (version === undefined) throw new Error(`${text} is not a version`);
  return version;
}
