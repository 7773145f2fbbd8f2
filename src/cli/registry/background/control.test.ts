import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { listen } from "../../../server/http/address.ts";
import { askStatus, askToStop, useServer } from "./control-client.ts";
import { type Control, startControl } from "./control-server.ts";
import type { ServerState } from "./state.ts";

const token = "0123456789abcdef0123456789abcdef";
const about = { startedAt: "2026-11-29T12:00:00.000Z", root: "/root", idleMs: 900_000 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A control server, and how a client reaches it. */
async function start(openRequests = 0) {
  let stops = 0;
  const control = await startControl({
    token,
    status: () => ({ ...about, endsAt: null, openRequests, warnings: [] }),
    onStop: () => (stops += 1),
  });
  closing.push(control.close);
  return { control, state: stateOf(control.port), stops: () => stops };
}

function stateOf(control: number): ServerState {
  const state = { host: "127.0.0.1:1", control, token, pid: 1, root: "/root", version: "0.1.0" };
  return { ...state, kind: "background" };
}

/** Waits until a server knows so many commands. */
async function usersOf(control: Control, count: number): Promise<readonly string[]> {
  await expect.poll(() => control.commands().length).toBe(count);
  return control.commands().map(({ command }) => command);
}

describe("the control of a server", () => {
  test("knows which commands use it, until they end", async () => {
    const { control, state } = await start();
    expect(control.lastUsedAt()).toBeUndefined();
    const [up, plan] = [await useServer(state, "up"), await useServer(state, "plan")];
    expect(await usersOf(control, 2)).toEqual(["up", "plan"]);
    const since: unknown = expect.any(String);
    expect(await askStatus(state)).toEqual({
      ...{ ...about, endsAt: null, openRequests: 0, warnings: [] },
      commands: [
        { command: "up", pid: process.pid, since },
        { command: "plan", pid: process.pid, since },
      ],
    });
    up?.end();
    expect(await usersOf(control, 1)).toEqual(["plan"]);
    expect(control.lastUsedAt()).toBeTypeOf("number");
    expect(await up?.closed).toBe("ended");
    plan?.end();
  });

  test("is not stopped while a command or a client uses it, unless forced", async () => {
    const { state, stops } = await start();
    const use = await useServer(state, "up");
    expect(await askToStop(state, false)).toBe("in use");
    expect(await askToStop((await start(1)).state, false)).toBe("in use");
    expect(stops()).toBe(0);
    expect(await askToStop(state, true)).toBe("stopping");
    expect(stops()).toBe(1);
    // Whoever comes now finds none, and starts another.
    expect(await useServer(state, "plan")).toBeUndefined();
    use?.end();
  });

  test("tells those who use it whether it was stopped or lost", async () => {
    const { control, state } = await start();
    const use = await useServer(state, "up");
    await control.close();
    expect(await use?.closed).toBe("stopped");
    const lost = createServer((_, response) => {
      response.socket?.destroy();
    });
    const host = await listen(lost, { hostname: "127.0.0.1", port: 0 }, "a server");
    closing.push(() => new Promise((done) => lost.close(() => done())));
    expect(await useServer(stateOf(Number(host.split(":")[1])), "up")).toBeUndefined();
  });

  test("does nothing for somebody who does not know the token", async () => {
    const { control, state, stops } = await start();
    const stranger = { ...state, token: "f".repeat(32) };
    expect(await useServer(stranger, "up")).toBeUndefined();
    expect(await askStatus(stranger)).toBeUndefined();
    expect(await askToStop(stranger, true)).toBe("gone");
    const plain = await fetch(`http://127.0.0.1:${state.control}/stop?force=true`, {
      method: "POST",
    });
    expect(plain.status).toBe(403);
    expect([stops(), control.commands()]).toEqual([0, []]);
  });

  test("is not believed if another program listens on its port", async () => {
    const other = createServer((_, response) => response.end("{}"));
    const host = await listen(other, { hostname: "127.0.0.1", port: 0 }, "a server");
    closing.push(() => new Promise((done) => other.close(() => done())));
    const state = stateOf(Number(host.split(":")[1]));
    expect(await useServer(state, "up")).toBeUndefined();
    expect(await askToStop(state, true)).toBe("gone");
  });
});
