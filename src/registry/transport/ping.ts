import { RegistryError } from "../../errors.ts";
import { redactUrl } from "./address.ts";
import type { Transport } from "./transport.ts";

/** What a registry said of itself. */
export interface Pong {
  /** Its clock, to the second. */
  readonly date: Date | undefined;
}

/** Resolves if the host speaks the registry protocol, even if it requires a login. */
export async function ping(
  transport: Transport,
  host: string,
  signal: AbortSignal | undefined,
): Promise<Pong> {
  const answer = await transport.send({
    method: "GET",
    repository: { host, path: "" },
    scopes: [],
    authorize: false,
    target: "",
    accept: [200, 401],
    signal,
  });
  answer.message.resume();
  if (answer.status === 200 || answer.header("www-authenticate") !== undefined) {
    const date = new Date(answer.header("date") ?? "");
    return { date: Number.isNaN(date.getTime()) ? undefined : date };
  }
  throw new RegistryError({
    method: "GET",
    url: redactUrl(answer.url),
    status: answer.status,
    reason: "the server is not a registry",
    hint: "check the address",
  });
}
