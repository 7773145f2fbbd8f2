import { UsageError } from "../../errors.ts";
import { isWebPage } from "../../oci/web-page.ts";
import { isCi } from "../../trust/environment/provider.ts";
import { openRecordedBuilds } from "../caches/recorded-builds.ts";
import type { ConfigOptions, GlobalOptions, Io } from "../io.ts";
import { gitAt, startProbes } from "../run/probes.ts";
import { readGitFacts } from "../../git/facts.ts";
import { openSession, optionalConfig } from "../run/session.ts";
import { show } from "../show/show-result.ts";
import { findPage } from "./find-page.ts";
import { startBrowser } from "./start-browser.ts";

interface OpenOptions extends GlobalOptions, ConfigOptions {
  readonly print?: boolean;
}

/** How many builds of a leg are searched for one that ran in CI. */
const searchedBuilds = 20;

/** Opens a page in the browser, or prints its address where there is none. Gives the exit code. */
export async function openPage(
  what: string | undefined,
  options: OpenOptions,
  io: Io,
): Promise<number> {
  const config = await optionalConfig(options, io, options.config !== undefined);
  const facts = await readGitFacts(gitAt(io.cwd, io));
  const project = /^https:\/\/[^/]+\/(.+?)(?:\.git)?\/?$/.exec(facts?.remoteUrl ?? "")?.[1];
  const runsOf = async (leg: string): Promise<readonly (string | null)[]> => {
    const need = { command: "open", access: "read" } as const;
    await using session = await openSession(startProbes(options, io), options, io, need);
    const recorded = await openRecordedBuilds(session, io);
    const own = recorded.legs.filter(({ id }) => id === leg);
    const builds = await recorded.find(own, { last: searchedBuilds, failed: false });
    return builds.map(({ record }) => record.run);
  };
  const url = await findPage(what, { config, project, runsOf });
  if (!isWebPage(url)) throw new UsageError(`not opening ${url}: it is not the address of a page`);
  const isPrinted =
    options.print === true || options.json || io.keyboard?.() === undefined || isCi(io.env);
  if (isPrinted || !(await startBrowser(url, io.env))) show(io, options, { url }, () => url);
  else io.err(`opened ${url}\n`);
  return 0;
}
