import { expect, test } from "vitest";
import { checkDirKills } from "../support/dir-kills/check.ts";

// More of them: npm run crashes -- --kills 0 --power-cuts 0 --dirs 200
test("directory caches and restored folders are whole after saves and restores were killed", async () => {
  const { violation, acknowledged } = await checkDirKills({ seed: Date.now(), rounds: 16 });
  expect(violation).toBeUndefined();
  expect(acknowledged).toBeGreaterThan(3);
});
