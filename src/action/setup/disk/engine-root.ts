import { type Exec, execOk } from "../../../exec.ts";

/** Where Docker keeps its data. Throws a command error if there is no Docker. */
export async function engineRootOf(
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
  exec: Exec,
): Promise<string> {
  const argv = ["docker", "info", "--format", "{{.DockerRootDir}}"];
  const purpose = "asking Docker where it keeps its data";
  return (await execOk(exec, argv, { env, purpose, signal, timeout: 60_000 })).trim();
}
