import { expect, test } from "vitest";
import { Random } from "../support/differential/random.ts";
import { testClient } from "../support/repository-state.ts";
import { editedFile, equalStats, movedFolder } from "../support/soundness/trials.ts";

// The short form of `npm run soundness`.
const runs = 8;
const seed = 20_261_128;

test.each([
  ["files of equal times in contexts of one name", equalStats],
  ["folders that take others' places", movedFolder],
  ["a file that is edited while it is built", editedFile],
])("whatever is staged was built from what it is named by: %s", async (_, trial) => {
  await using client = testClient();
  const random = new Random(seed);
  const wrong: string[] = [];
  for (let run = 0; run < runs; run++) {
    wrong.push(...(await trial(client, () => random.next())));
  }
  expect(wrong).toEqual([]);
});
