import { LayerkeepError, RegistryError } from "../../errors.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { type Check, failed, ok } from "./check.ts";

/** Seconds that clocks may differ without a login or a certificate failing. */
const mostSkew = 60;

interface RegistryNeeds {
  readonly client: RegistryClient;
  readonly now: () => Date;
  /** Whether this run pushes to it. Otherwise a push that is refused is only worth knowing. */
  readonly pushes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Whether a repository can be read and pushed to, and whether its host's clock agrees with this
 * one's. Nothing is stored: an upload is started and cancelled, as `crane` does to find out.
 */
export async function checkRegistry(
  repository: Repository,
  { client, now, pushes, signal }: RegistryNeeds,
): Promise<readonly Check[]> {
  const title = formatRepository(repository);
  const login = `run \`docker login ${repository.host}\` with an account that has access to it`;
  let clock: readonly Check[];
  try {
    const { date } = await client.ping(repository.host, { signal });
    clock = checkClock(repository.host, date, now());
    await client.headManifest({ ...repository, tag: "layerkeep-doctor" }, { signal });
  } catch (error) {
    return [failed("registry", title, error, { advice: adviceFor(error, login) })];
  }
  try {
    const session = await client.startUpload(repository, { signal });
    await client.cancelUpload(repository, session).catch((error: unknown) => {
      // The registry forgets an upload by itself.
      if (!(error instanceof LayerkeepError)) throw error;
    });
    return [ok("registry", title, "can be read and pushed to"), ...clock];
  } catch (error) {
    const outcome = pushes ? "fail" : "warn";
    const refused = failed("registry", title, error, { outcome, advice: login });
    const detail = `can be read, but not pushed to: ${refused.detail}`;
    return [{ ...refused, detail, advice: login }, ...clock];
  }
}

function adviceFor(error: unknown, login: string): string {
  const isLogin = error instanceof RegistryError && [401, 403].includes(error.status ?? 0);
  return isLogin ? login : "check the address, the network and the proxy's settings";
}

/** A clock that is wrong makes logins and certificates fail. */
function checkClock(host: string, there: Date | undefined, here: Date): readonly Check[] {
  if (there === undefined) return [];
  const seconds = Math.round((here.getTime() - there.getTime()) / 1000);
  if (Math.abs(seconds) <= mostSkew) return [];
  const side = seconds > 0 ? "ahead of" : "behind";
  return [
    {
      ...{ id: "clock", title: "clock", outcome: "warn" },
      detail: `this machine is ${Math.abs(seconds)} s ${side} ${host}`,
      advice: "set the clock, for example with `timedatectl set-ntp true`",
    },
  ];
}
