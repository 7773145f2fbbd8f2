import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { expect, it } from "vitest";
import { Agents } from "./agents.ts";
import { RingHttpAgent, RingHttpsAgent } from "./ring-socket.ts";

async function agentOf(url: string, asked: boolean, ringSockets: boolean): Promise<unknown> {
  const agents = new Agents({ maxPerHost: 1, unchecked: () => false, proxy: {}, ringSockets });
  const { agent } = await agents.route(new URL(url), asked);
  agents.close();
  return agent.constructor;
}

it.each([
  ["http://r.example/", RingHttpAgent, HttpAgent],
  ["https://r.example/", RingHttpsAgent, HttpsAgent],
])(
  "ring sockets to %s are for requests that ask, unless they are off",
  async (url, ring, plain) => {
    expect(await agentOf(url, true, true)).toBe(ring);
    expect(await agentOf(url, false, true)).toBe(plain);
    expect(await agentOf(url, true, false)).toBe(plain);
  },
);
