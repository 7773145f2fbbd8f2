import { LayerkeepError, messageOf } from "../../errors.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { createTransport, type RegistryClientOptions } from "../client.ts";
import { anonymous } from "../auth/credentials.ts";
import { checksOf } from "./checks.ts";
import type { Finding, ProbeReport } from "./finding.ts";
import { ProbeSession } from "./probe-session.ts";
import { judge } from "./settings.ts";

export type { Finding, FindingId, ProbeReport } from "./finding.ts";

export interface ProbeOptions extends RegistryClientOptions {
  /** Another repository of the same registry, to try mounting from. It is written to, too. */
  readonly second?: Repository | undefined;
  readonly onFinding?: ((finding: Finding) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How long taking away what was pushed may last. Milliseconds. */
const cleanUpMs = 20_000;

/**
 * Finds out what a registry does in one repository, by pushing small images of its own under
 * tags of its own, and deletes them again. Throws a registry error where not even an image can
 * be pushed; any other check that fails is a finding.
 */
export async function probeRegistry(
  repository: Repository,
  options: ProbeOptions,
): Promise<ProbeReport> {
  const { second, onFinding, signal } = options;
  // What was pushed is deleted after Ctrl-C too, so the signal is each request's own.
  const own = createTransport({ ...options, signal: undefined });
  const nobody = createTransport({ ...options, signal: undefined, credentials: anonymous });
  const session = new ProbeSession(repository, { own, anonymous: nobody }, signal);
  const findings: Finding[] = [];
  let left: readonly string[] = [];
  try {
    for (const { id, title, run } of checksOf(second)) {
      const found = await run(session).catch((error: unknown) => {
        signal?.throwIfAborted();
        // Without a first image nothing else can be found out either.
        if (findings.length === 0 || !(error instanceof LayerkeepError)) throw error;
        return { outcome: "unknown", detail: messageOf(error) } as const;
      });
      const finding = { id, title, ...found };
      findings.push(finding);
      onFinding?.(finding);
    }
  } finally {
    left = await session.cleanUp(AbortSignal.timeout(cleanUpMs));
    own.close();
    nobody.close();
  }
  const name = formatRepository(repository);
  return { repository: name, findings, verdict: judge(name, findings), left };
}
