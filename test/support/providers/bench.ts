import { type RegistryClientOptions, createTransport } from "../../../src/registry/client.ts";
import { anonymous } from "../../../src/registry/auth/credentials.ts";
import type { ApiContext } from "../../../src/registry/api/provider-api.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What a remover is made of, on a clock that only sleeping moves. */
export interface RemoverBench extends Disposable {
  readonly context: ApiContext;
  readonly time: VirtualClock;
}

export function removerBench(options: Partial<RegistryClientOptions> = {}): RemoverBench {
  const time = new VirtualClock();
  const { clock, sleep } = time;
  const random = () => 1;
  const transport = createTransport({ credentials: anonymous, clock, sleep, random, ...options });
  return {
    context: { transport, clock, sleep },
    time,
    [Symbol.dispose]: () => transport.close(),
  };
}
