import { spawn } from "node:child_process";

/**
 * Opens a page in the user's browser, without a shell. False if there is no browser to open it in.
 */
export async function startBrowser(url: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const argv = openerOn(process.platform, env);
  if (argv === undefined) return false;
  const [program = "", ...args] = argv;
  const child = spawn(program, [...args, url], { detached: true, stdio: "ignore", env });
  child.unref();
  return new Promise((resolve) => {
    child.once("spawn", () => resolve(true));
    child.once("error", () => resolve(false));
  });
}

/** What opens an address on a system; undefined on Linux without a display. */
function openerOn(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly string[] | undefined {
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  const hasDisplay = (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
  return hasDisplay ? ["xdg-open"] : undefined;
}
