import { once } from "node:events";
import { createServer, get } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { listen } from "../../../../server/http/address.ts";
import { askStatus, askToStop, type Use, useServer } from "./control-client.ts";
import { type Control, type ControlOptions, startControl } from "./control-server.ts";
import { nonceHeader, proofHeader, proofOfRequest } from "./proof.ts";
import type { ServerState } from "../state.ts";

const token = "0123456789abcdef0123456789abcdef";
const about = { startedAt: "2026-11-29T12:00:00.000Z", root: "/root", idleMs: 900_000 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A control server, and how a client reaches it. */
async function start(openRequests = 0, changes: Partial<ControlOptions> = {}) {
  let stops = 0;
  const control = await startControl({
    token,
    status: () => ({ ...about, endsAt: null, openRequests, warnings: [] }),
    hasRoot: () => true,
    isAwaited: () => false,
    onStop: () => (stops += 1),
    ...changes,
  });
  closing.push(() => control.close("stopped"));
  return { control, state: stateOf(control.port), stops: () => stops };
}

function stateOf(control: number): ServerState {
  const state = { host: "127.0.0.1:1", control, token, pid: 1, root: "/root", version: "0.1.0" };
  return { ...state, kind: "background" };
}

async function use(state: ServerState, command: string): Promise<Use> {
  const answer = await useServer(state, command);
  if (typeof answer === "string") throw new Error(answer);
  return answer;
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
    const [up, plan] = [await use(state, "up"), await use(state, "plan")];
    expect(await usersOf(control, 2)).toEqual(["up", "plan"]);
    const since: unknown = expect.any(String);
    expect(await askStatus(state)).toEqual({
      ...{ ...about, endsAt: null, openRequests: 0, warnings: [] },
      commands: [
        { command: "up", pid: process.pid, since },
        { command: "plan", pid: process.pid, since },
      ],
    });
    up.end();
    expect(await usersOf(control, 1)).toEqual(["plan"]);
    expect(control.lastUsedAt()).toBeTypeOf("number");
    expect(await up.closed).toBe("ours");
    plan.end();
  });

  test("is not stopped while a command or a client uses it, unless forced", async () => {
    const { state, stops } = await start();
    const up = await use(state, "up");
    expect(await askToStop(state, false)).toBe("in use");
    expect(await askToStop((await start(1)).state, false)).toBe("in use");
    expect(stops()).toBe(0);
    expect(await askToStop(state, true)).toBe("stopping");
    await expect.poll(stops).toBe(1);
    // Whoever comes now waits until it has stopped.
    expect(await useServer(state, "plan")).toBe("ending");
    expect(await askToStop(state, false)).toBe("stopping");
    expect(stops()).toBe(1);
    up.end();
  });

  test("is not stopped before the command that started it uses it", async () => {
    const { state, stops } = await start(0, { isAwaited: () => true });
    expect(await askToStop(state, false)).toBe("in use");
    expect(stops()).toBe(0);
  });

  test("stops also if whoever asked has gone without reading the answer", async () => {
    const { control, state, stops } = await start();
    const line = "/stop";
    const socket = connect(control.port, "127.0.0.1");
    const proof = proofOfRequest(state.token, "n", `POST ${line}`);
    const fields = `host: localhost\r\n${nonceHeader}: n\r\n${proofHeader}: ${proof}`;
    socket.write(`POST ${line} HTTP/1.1\r\n${fields}\r\n\r\n`, () => socket.destroy());
    await expect.poll(stops).toBe(1);
  });

  test("is not used without its folder", async () => {
    const { control, state } = await start(0, { hasRoot: () => false });
    expect(await useServer(state, "up")).toBe("rootless");
    expect(control.commands()).toEqual([]);
  });

  test.each(["stopped", "deleted", "ended"] as const)("tells those who use it: %s", async (why) => {
    const { control, state } = await start();
    const { closed } = await use(state, "up");
    await control.close(why);
    expect(await closed).toBe(why);
  });

  test("closes although a client sends no request, or does not read its answer", async () => {
    const { control, state } = await start();
    const silent = connect(control.port, "127.0.0.1");
    await once(silent, "connect");
    const half = connect(control.port, "127.0.0.1");
    half.write("GET /status HTTP/1.1\r\n");
    const { closed } = await use(state, "up");
    await expect.poll(() => control.commands().length).toBe(1);
    await control.close("stopped");
    expect(await closed).toBe("stopped");
    for (const socket of [silent, half]) socket.destroy();
  });

  test("that was killed is lost", async () => {
    const lost = createServer((_, response) => {
      response.socket?.destroy();
    });
    const host = await listen(lost, { hostname: "127.0.0.1", port: 0 }, "a server");
    closing.push(() => new Promise((done) => lost.close(() => done())));
    expect(await useServer(stateOf(Number(host.split(":")[1])), "up")).toBe("gone");
  });

  test("does nothing for somebody who does not know the token", async () => {
    const { control, state, stops } = await start();
    const stranger = { ...state, token: "f".repeat(32) };
    expect(await useServer(stranger, "up")).toBe("gone");
    expect(await askStatus(stranger)).toBe("gone");
    expect(await askToStop(stranger, true)).toBe("gone");
    const plain = await fetch(`http://127.0.0.1:${state.control}/stop?force=true`, {
      method: "POST",
    });
    expect(plain.status).toBe(403);
    expect([stops(), control.commands()]).toEqual([0, []]);
  });

  test("answers nobody under another host name, not even with the token", async () => {
    const { control, state } = await start();
    const proof = proofOfRequest(state.token, "n", "GET /status");
    const statusAt = (host: string): Promise<number | undefined> =>
      new Promise((done) => {
        const headers = { host, [nonceHeader]: "n", [proofHeader]: proof };
        const options = { host: "127.0.0.1", port: control.port, path: "/status", headers };
        get(options, (answer) => {
          answer.resume();
          done(answer.statusCode);
        });
      });
    expect(await statusAt(`127.0.0.1:${control.port}`)).toBe(200);
    expect(await statusAt(`attacker.example:${control.port}`)).toBe(403);
  });

  test("is not believed if another program listens on its port", async () => {
    const other = createServer((_, response) => response.end("{}"));
    const host = await listen(other, { hostname: "127.0.0.1", port: 0 }, "a server");
    closing.push(() => new Promise((done) => other.close(() => done())));
    const state = stateOf(Number(host.split(":")[1]));
    expect(await useServer(state, "up")).toBe("gone");
    expect(await askToStop(state, true)).toBe("gone");
  });
});
