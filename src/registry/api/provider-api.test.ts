import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import {
  type Script,
  type ScriptedServer,
  startScript,
} from "../../../test/support/scripted-server.ts";
import { FormatError, UsageError } from "../../errors.ts";
import { parseBase, ProviderApi, saidBy } from "./provider-api.ts";
import { Pace, sleepFor } from "./pace.ts";

let bench: RemoverBench;
const servers: ScriptedServer[] = [];
beforeEach(() => void (bench = removerBench()));
afterEach(async () => {
  bench[Symbol.dispose]();
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function ask(script: Script, signal?: AbortSignal) {
  const server = await startScript(script);
  servers.push(server);
  const api = new ProviderApi("The API", bench.context);
  const url = new URL(`http://${server.host}/things?secret=1`);
  const headers = { authorization: "Bearer secret" };
  const repository = { host: "registry.example", path: "a/b" };
  return { server, answer: api.ask(repository, { method: "GET", url, headers, signal }) };
}

describe("a provider's API", () => {
  it("does not follow a redirect with the token", async () => {
    const elsewhere = await startScript(() => ({ status: 200 }));
    servers.push(elsewhere);
    const location = `http://${elsewhere.host}/`;
    const { answer } = await ask(() => ({ status: 302, headers: { location } }));
    const failed = await answer.catch((error: unknown) => error);
    expect(failed).toMatchObject({
      status: 302,
      hint: "use the address that the API redirected to",
    });
    expect(String(failed)).not.toContain("secret=1");
    expect(elsewhere.seen).toEqual([]);
  });

  it("stops reading after 16 MiB", async () => {
    const { answer } = await ask(() => ({ status: 200, body: Buffer.alloc((16 << 20) + 1) }));
    await expect(answer).rejects.toThrow(FormatError);
  });

  it("is retried after a 503 and a broken connection", async () => {
    const { answer } = await ask((_, seen) =>
      seen.length === 1
        ? { status: 503 }
        : seen.length === 2
          ? "hang up"
          : { status: 200, body: '{"a":1}' },
    );
    expect(await answer).toMatchObject({ status: 200, json: { a: 1 } });
  });

  it("reports a truncated answer as a broken connection", async () => {
    const { answer } = await ask(() => ({ status: 200, body: '{"a":1}', cutAfter: 3 }));
    await expect(answer).rejects.toThrow("the connection was lost");
  });

  it("treats a 403 that mentions no limit as an answer", async () => {
    const headers = { "x-ratelimit-remaining": "4999", "x-ratelimit-reset": "1800000000" };
    const { answer } = await ask(() => ({ status: 403, headers, body: '{"message":"no"}' }));
    expect(await answer).toMatchObject({ status: 403 });
    expect(bench.time.waits).toEqual([]);
  });

  it("is quoted in one safe line", async () => {
    const message = "no\n::error::\u001b[31m" + "x".repeat(400);
    const { answer } = await ask(() => ({ status: 400, body: JSON.stringify({ message }) }));
    expect(saidBy(await answer)).toBe(`no ::error::${"x".repeat(288)}`);
  });

  it("stops on abort", async () => {
    const stop = new AbortController();
    const { answer } = await ask(() => {
      stop.abort(new Error("stopped"));
      return { status: 429 };
    }, stop.signal);
    await expect(answer).rejects.toThrow("stopped");
  });
});

describe("parseBase", () => {
  it("accepts a base URL with TLS, on loopback, or on a host that the user allows as insecure", () => {
    const { transport } = bench.context;
    using other = removerBench({ insecure: ["quay.local:8080"] });
    const given = ["https://quay.example/base", "http://127.0.0.1:80/"];
    expect(given.map((text) => parseBase(text, transport).href)).toEqual([
      "https://quay.example/base/",
      "http://127.0.0.1/",
    ]);
    expect(parseBase("http://quay.local:8080", other.context.transport).href).toBe(
      "http://quay.local:8080/",
    );
  });

  it.each(["http://quay.local:8080", "quay.io", "ftp://127.0.0.1/", ""])("refuses %j", (text) => {
    expect(() => parseBase(text, bench.context.transport)).toThrow(UsageError);
  });
});

describe("Pace", () => {
  it("lets one through at a time, and late callers without a wait", async () => {
    const pace = new Pace(100, bench.time.sleep, bench.time.clock);
    await pace.turn();
    await pace.turn();
    await bench.time.sleep(500);
    await pace.turn();
    expect(bench.time.waits).toEqual([100, 500]);
  });
});

describe("sleepFor", () => {
  it("ends with the signal's reason", async () => {
    const stop = new AbortController();
    const sleeping = sleepFor(60_000, stop.signal);
    stop.abort(new Error("stopped"));
    await expect(sleeping).rejects.toThrow("stopped");
    await expect(sleepFor(1)).resolves.toBeUndefined();
  });
});
