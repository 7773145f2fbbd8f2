import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { stateOf, thisProcess } from "./process-name.ts";

it("tells processes that run from those that ended, and from others with the same id", async () => {
  const [id, start, place] = thisProcess().split(".");
  expect(id).toBe(String(process.pid));
  expect(stateOf(thisProcess())).toBe("alive");
  // A container that is started again gives the same ids.
  if (start !== "0") expect(stateOf(`${id}.${Number(start) + 1}.${place}`)).toBe("dead");
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  expect(stateOf(`${child.pid}.${start}.${place}`)).toBe("dead");
  expect(stateOf(`${id}.${start}.0123456789ab`)).toBe("unknown");
  expect(stateOf("mine")).toBeUndefined();
});
