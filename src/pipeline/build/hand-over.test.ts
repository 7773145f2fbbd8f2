import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configOf, contextOf, noClaims, variantOf } from "../../../test/support/configs.ts";
import { planOptionsOf, planServicesOf } from "../../../test/support/plans.ts";
import { digestOf } from "../../oci/digest.ts";
import { createContentMemory } from "../../inputs/files/content-memory.ts";
import { makePlan } from "../../plan/make-plan.ts";
import { createInputCheck } from "../../plan/recheck.ts";
import { decideTrust } from "../../trust/trust.ts";
import { type HandedOver, handOver } from "./hand-over.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-hand-over-"));
  mkdirSync(join(root, "app"));
  write("app/Dockerfile", "FROM busybox:1\nCOPY f /\n");
  write("app/f", "1");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

const digest = digestOf("busybox");
const env = { TOKEN: "secret", OTHER: "kept back" };

/** What buildx receives, and the leg's digest. */
async function hand(event = "push"): Promise<{ handed: HandedOver; input: string }> {
  const variant = variantOf("app", {
    context: "app",
    dockerfile: "app/Dockerfile",
    secrets: ["id=t,env=TOKEN"],
  });
  const context = contextOf({ event });
  const plan = await makePlan(
    configOf({ root, variants: [variant] }),
    context,
    planOptionsOf({ trust: decideTrust(context, { claims: noClaims, outside: {}, write: false }) }),
    planServicesOf(digest),
  );
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("a plan of one leg");
  const check = createInputCheck(plan, { root, memory: createContentMemory() });
  const handed = await handOver(plan, leg, await check.read(leg), { root, env });
  return { handed, input: leg.input.digest };
}

it("lays out the pinned Dockerfile, the files beside it, and a link to the context", async () => {
  write("app/Dockerfile.dockerignore", "g\n");
  write("app/Dockerfile.rego", "package docker\n");
  const { handed } = await hand();
  const { dockerfile, context } = handed.inputs;
  expect(readFileSync(dockerfile, "utf8")).toBe(`FROM busybox:1@${digest}\nCOPY f /\n`);
  expect(readFileSync(`${dockerfile}.dockerignore`, "utf8")).toBe("g\n");
  expect(readFileSync(`${dockerfile}.rego`, "utf8")).toBe("package docker\n");
  expect(readlinkSync(context)).toBe(join(root, "app"));
  await handed[Symbol.asyncDispose]();
  expect(existsSync(dirname(context))).toBe(false);
});

it("includes a policy in the input digest", async () => {
  const before = await hand();
  write("app/Dockerfile.rego", "package docker\n");
  const after = await hand();
  expect(after.input).not.toBe(before.input);
  for (const { handed } of [before, after]) await handed[Symbol.asyncDispose]();
});

it("gives the same folders the same name, and different folders different names", async () => {
  const names: string[] = [];
  const next = async (): Promise<void> => {
    const { handed } = await hand();
    names.push(basename(handed.inputs.context));
    await handed[Symbol.asyncDispose]();
  };
  await next();
  write("app/f", "22");
  await next();
  mkdirSync(join(root, "other"));
  for (const name of ["Dockerfile", "f"]) {
    renameSync(join(root, "app", name), join(root, "other", name));
  }
  rmSync(join(root, "app"), { recursive: true });
  renameSync(join(root, "other"), join(root, "app"));
  await next();
  const [first, second, third] = names;
  expect([second === first, third === first]).toEqual([true, false]);
});

it("derives a Dockerfile's modification time from its content", async () => {
  const times: number[] = [];
  for (const text of ["FROM busybox:1\nCOPY f /a\n", "FROM busybox:1\nCOPY f /b\n"]) {
    write("app/Dockerfile", text);
    for (let time = 0; time < 2; time++) {
      const { handed } = await hand();
      times.push(statSync(handed.inputs.dockerfile).mtimeMs);
      await handed[Symbol.asyncDispose]();
    }
  }
  const [a, again, b, bAgain] = times;
  expect([again, bAgain, a === b]).toEqual([a, b, false]);
});

it("passes secrets and their variables only to a trusted run, and less provenance to others", async () => {
  const trusted = await hand();
  const untrusted = await hand("pull_request");
  expect([trusted.handed.inputs.secrets, trusted.handed.inputs.provenance]).toEqual([
    ["id=t,env=TOKEN"],
    "max",
  ]);
  expect(trusted.handed.env).toEqual({ TOKEN: "secret" });
  expect([untrusted.handed.inputs.secrets, untrusted.handed.inputs.provenance]).toEqual([
    [],
    "min",
  ]);
  expect(untrusted.handed.env).toEqual({});
  expect(untrusted.input).toBe(trusted.input);
  for (const { handed } of [trusted, untrusted]) await handed[Symbol.asyncDispose]();
});
