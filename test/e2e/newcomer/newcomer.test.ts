import { afterAll, beforeAll, describe, test } from "vitest";
import { atOnce } from "./chapters/at-once.ts";
import { breaks } from "./chapters/breaks.ts";
import { changes } from "./chapters/changes.ts";
import { elsewhere } from "./chapters/elsewhere.ts";
import { firstConfig } from "./chapters/first-config.ts";
import { firstImages } from "./chapters/first-images.ts";
import { fleet } from "./chapters/fleet.ts";
import { install } from "./chapters/install.ts";
import { publishes } from "./chapters/publishes.ts";
import { createMachine, type Machine } from "./machine.ts";
import type { Step } from "./step.ts";
import { takeStep } from "./take-step.ts";

/**
 * Sixty steps of somebody who meets Layerkeep in a repository that knows nothing of it: each is what
 * is typed, and what must come of it. They follow on one another, on what `npm install` has installed.
 */
const chapters = [
  install,
  firstConfig,
  firstImages,
  changes,
  breaks,
  atOnce,
  publishes,
  fleet,
  ...elsewhere,
];

/** Milliseconds. `npm install` asks its registry, and a step that waits for a build of others. */
const patience = 300_000;
let machine: Machine;

beforeAll(async () => {
  machine = await createMachine();
}, patience);

afterAll(async () => {
  await takeStep(machine, { folder: "." }, tidyUp);
  await machine[Symbol.asyncDispose]();
}, patience);

/** Other tests share the engine. */
const tidyUp: Step = {
  title: "images and processes are deleted",
  types: `layerkeep registry stop --force
    docker image ls --format '{{.Repository}} {{.ID}}' |
      grep -E "^$REGISTRY/|^shop-|^127\\.0\\.0\\.1:[0-9]+/shop-" | cut -d ' ' -f 2 | sort -u |
      xargs --no-run-if-empty docker image rm --force`,
};

let number = 0;
for (const chapter of chapters) {
  describe(chapter.title, () => {
    for (const step of chapter.steps) {
      number++;
      test(`${number}. ${step.title}`, () => takeStep(machine, chapter, step), patience);
    }
  });
}
