import { afterAll, beforeAll, expect, test } from "vitest";
import { RegistryClient } from "../../src/registry/client.ts";
import { pushBaseImages } from "../support/differential/base-images.ts";
import { differences } from "../support/differential/compare-content.ts";
import { generateCases } from "../support/differential/generate.ts";
import { handPickedCases } from "../support/differential/hand-picked.ts";
import {
  describeOutcome,
  precision,
  runCases,
  unsound,
} from "../support/differential/run-cases.ts";
import { testEngine } from "../support/engine.ts";

// Builds each case on the engine, changes one file, builds again: whenever a step missed, the
// input digest has changed. And builds some of them as a leg is built, beside a plain build: the
// images are the same. More cases, or a seed again: npm run differential.
const seed = 20_261_121;
const count = 160;
const leastUsable = 115;
const leastPrecision = 0.95;
const mostForgetful = 0.1;
const mostRepeats = 3;
const leastCompared = 30;
/** One of so many cases is compared by its content, too: that takes two builds. */
const contentEvery = 6;

let client: RegistryClient;
let bases: Awaited<ReturnType<typeof pushBaseImages>>;

beforeAll(async () => {
  const engine = testEngine();
  client = new RegistryClient({ credentials: () => Promise.resolve(undefined) });
  bases = await pushBaseImages(engine, engine.registries[0], engine.baseImage.reference);
});

afterAll(() => client[Symbol.asyncDispose]());

test("hand-picked changes change the digest exactly where the engine has to build again", async () => {
  const cases = handPickedCases(bases.named, bases.busybox);
  const outcomes = [...(await runCases(cases, testEngine(), client))];
  for (const [at, given] of cases.entries()) {
    // Alone, the engine forgets nothing that it has.
    for (let time = 0; given.engine === "hit" && outcomes[at]?.engine !== "hit"; time++) {
      if (time === mostRepeats) break;
      outcomes.splice(at, 1, ...(await runCases([given], testEngine(), client)));
    }
  }
  const found = outcomes.map(({ engine, changed, fallback, given }) => {
    return { name: given.name, engine, changed, fallback };
  });
  expect(found).toEqual(
    cases.map(({ name, engine, imprecise }) => {
      const changed = engine !== "hit" || imprecise !== undefined;
      return { name, engine, changed, fallback: false };
    }),
  );
});

test(`seed ${seed}: no step misses where the digest says that nothing changed`, async () => {
  const cases = generateCases(seed, count, bases);
  const outcomes = await runCases(cases, testEngine(), client);
  expect(unsound(outcomes).map(describeOutcome)).toEqual([]);
  const usable = outcomes.filter(({ engine }) => engine !== "unusable" && engine !== "forgetful");
  expect(usable.length).toBeGreaterThanOrEqual(leastUsable);
  const forgetful = outcomes.filter(({ engine }) => engine === "forgetful");
  expect(forgetful.length).toBeLessThanOrEqual(mostForgetful * count);
  expect(precision(outcomes)).toBeGreaterThanOrEqual(leastPrecision);
}, 600_000);

test("a leg holds what a plain build of the same Dockerfile and contexts holds", async () => {
  const cases = [
    ...handPickedCases(bases.named, bases.busybox),
    ...generateCases(seed, count, bases).slice(0, 150),
  ].filter((_, at) => at % contentEvery === 0);
  const found: string[] = [];
  let compared = 0;
  for (const given of cases) {
    const lines = await differences(given, testEngine(), client);
    if (lines !== undefined) compared += 1;
    found.push(...(lines ?? []).map((line) => `${given.name}: ${line}`));
  }
  expect(found).toEqual([]);
  expect(compared).toBeGreaterThanOrEqual(leastCompared);
}, 300_000);
