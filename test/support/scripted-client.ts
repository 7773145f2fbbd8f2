import { RegistryClient, type RegistryClientOptions } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { type Script, type ScriptedServer, startScript } from "./scripted-server.ts";

/** A server that answers by script, and a client that never waits. */
export interface ScriptedRegistry extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly client: RegistryClient;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

export async function scriptedRegistry(
  script: Script,
  options: Partial<RegistryClientOptions> = {},
): Promise<ScriptedRegistry> {
  const server = await startScript(script);
  const client = new RegistryClient({
    credentials: anonymous,
    sleep: () => Promise.resolve(),
    ...options,
  });
  return {
    server,
    client,
    host: server.host,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
