import { expect, it } from "vitest";
import { parseDiskUsage } from "./disk-usage.ts";

const now = Date.parse("2026-11-27T21:00:00Z");
const block = (fields: Readonly<Record<string, string>>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `${name}:\t${value}`)
    .join("\n")}\n`;

it("parses buildx's list, and how long each record has been unused", () => {
  const first = block({
    ID: "a1",
    "Created at": "2026-11-27 20:46:13.57319652 +0000 UTC",
    Mutable: "true",
    Reclaimable: "true",
    Shared: "false",
    Size: "4.096kB",
    Description: "local source for context",
    "Usage count": "1",
    "Last used": "24 minutes ago",
    Type: "source.local",
  });
  const second = block({
    ID: "b2*",
    "Created at": "2026-11-20 23:00:00 +0200 CEST",
    Reclaimable: "false",
    Shared: "true",
    Size: "1.5GB",
    Description: "mount / from exec /bin/sh -c ID: x",
    Type: "regular",
  });
  const sums = "Shared:\t1.5GB\nTotal:\t1.5GB\n";
  expect(parseDiskUsage(`${first}\n${second}\n${sums}`, now)).toEqual([
    {
      id: "a1",
      type: "source.local",
      description: "local source for context",
      size: 4096,
      reclaimable: true,
      shared: false,
      uses: 1,
      lastUsed: "24 minutes ago",
      idle: 24 * 60_000,
    },
    {
      id: "b2*",
      type: "regular",
      description: "mount / from exec /bin/sh -c ID: x",
      size: 1.5e9,
      reclaimable: false,
      shared: true,
      uses: 0,
      lastUsed: null,
      idle: 7 * 86_400_000,
    },
  ]);
});

it.each([
  ["Less than a second ago", 0],
  ["About a minute ago", 60_000],
  ["About an hour ago", 3_600_000],
  ["3 weeks ago", 21 * 86_400_000],
  ["nonsense", 0],
])("takes %s for %d milliseconds", (text, idle) => {
  expect(parseDiskUsage(block({ ID: "a", "Last used": text }), now)[0]?.idle).toBe(idle);
});
