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
  /**
   * Another repository in the same registry, to test mounting from it. The probe writes to it, too.
   */
  readonly second?: Repository | undefined;
  readonly onFinding?: ((finding: Finding) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The time limit for the cleanup. Milliseconds. */
const cleanUpMs = 20_000;

/**
 * Tests what a registry supports in one repository, by pushing small images under unique tags, and
 * deletes them again. Throws a registry error if it cannot even push an image; any other failed
 * check is a finding.
 */
export async function probeRegistry(
  repository: Repository,
  options: ProbeOptions,
): Promise<ProbeReport> {
  const { second, onFinding, signal } = options;
  // The cleanup must run after Ctrl-C too, so each request has its own signal.
  const own = createTransport({ ...options, signal: undefined });
  const nobody = createTransport({ ...options, signal: undefined, credentials: anonymous });
  const session = new ProbeSession(repository, { own, anonymous: nobody }, signal);
  const findings: Finding[] = [];
  let left: readonly string[] = [];
  try {
    for (const { id, title, run } of checksOf(second)) {
      const found = await run(session).catch((error: unknown) => {
        signal?.throwIfAborted();
        // Without a first image, no other check is possible.
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
