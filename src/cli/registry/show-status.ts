import { renderStatus, type RegistryStatus } from "../../report/registry/status-report.ts";
import { registryFolder } from "../folders.ts";
import type { GlobalOptions, Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { askStatus } from "./background/control/control-client.ts";
import { readState, serverFiles } from "./background/state.ts";
import { silentError } from "./background/stop-server.ts";
import { folderBytes } from "./folder-bytes.ts";

/** Shows whether the default registry runs, and what uses it. Throws an engine error if it hangs. */
export async function showStatus(options: GlobalOptions, io: Io): Promise<void> {
  const root = registryFolder(undefined, io);
  const [state, bytes] = await Promise.all([readState(serverFiles(io.env)), folderBytes(root)]);
  const server = state && (await askStatus(state));
  const error = state && server === "silent" ? await silentError(state) : undefined;
  if (error !== undefined) throw error;
  const status: RegistryStatus =
    state === undefined || typeof server !== "object"
      ? { running: false, root, bytes }
      : {
          ...{ running: true, bytes, host: state.host, pid: state.pid, kind: state.kind },
          ...{ version: state.version, ...server },
        };
  show(io, options, status, () => renderStatus(status, io.now()));
}
