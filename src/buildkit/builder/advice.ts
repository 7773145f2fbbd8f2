import { buildxConfigFolder } from "./environment.ts";

/** What to try if a builder cannot be used: by what buildx said about it. */
export function adviceFor(
  said: string,
  { name, env }: { readonly name: string | undefined; readonly env: NodeJS.ProcessEnv },
): string {
  if (/no builder .* found/i.test(said)) {
    return `run \`docker buildx create --name ${name ?? "NAME"}\`, or choose another builder with builders: or BUILDX_BUILDER`;
  }
  const folder = buildxConfigFolder(env);
  const [, path = "", why = ""] =
    /(\/[^:]*): (permission denied|read-only file system)/i.exec(said) ?? [];
  if (path === folder || path.startsWith(`${folder}/`)) {
    return /read-only/i.test(why)
      ? "set BUILDX_CONFIG to a writable folder"
      : `this user cannot write buildx's folder, perhaps because \`sudo docker buildx\` created it: run \`sudo chown -R "$(id -u)" ${folder}\`, or set BUILDX_CONFIG to another folder`;
  }
  if (/permission denied/i.test(said)) {
    return "add this user to the docker group, or run as a user that can access the Docker socket";
  }
  return "start Docker, set DOCKER_HOST to a running engine, or run `docker buildx create --driver docker-container --use`";
}
