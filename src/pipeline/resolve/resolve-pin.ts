import { parseContextAddress } from "../../dockerfile/context-address.ts";
import { messageOf } from "../../errors.ts";
import type { GitOptions } from "../../git/run-git.ts";
import { parseReference } from "../../oci/reference.ts";
import { type ResolvePin, usedAsWritten } from "../../inputs/moving/pins.ts";
import type { RegistryClient } from "../../registry/client.ts";
import { resolveLayout } from "../oci-layout.ts";
import { resolveGitSource } from "./resolve-git-source.ts";

export interface PinResolverOptions {
  readonly client: RegistryClient;
  /** Absolute path of the folder that OCI layouts are relative to. */
  readonly root: string;
  /** How git is run; undefined if git may not fetch what a Dockerfile names. */
  readonly git?: GitOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves moving inputs: images by HEAD, which does not count against a pull limit, and git
 * sources by `git ls-remote`. What ADD fetches over HTTP is not pinned: the engine could not be
 * held to it.
 */
export function pinResolver(options: PinResolverOptions): ResolvePin {
  const { signal, git } = options;
  return async (kind, ref) => {
    try {
      switch (kind) {
        case "image":
        case "syntax":
          return await resolveImage(ref, options);
        case "layout":
          return await resolveLayoutContext(ref, options);
        case "git":
          return await resolveGitSource(ref, git);
        case "http":
          return {
            resolved: null,
            note: "its content may change before the build (pin it with ADD --checksum)",
          };
      }
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return { resolved: null, note: `${messageOf(error)}${usedAsWritten}` };
    }
  };
}

async function resolveLayoutContext(
  ref: string,
  { root }: PinResolverOptions,
): ReturnType<ResolvePin> {
  const address = parseContextAddress(ref);
  const digest = address.kind === "layout" ? await resolveLayout(address, root) : undefined;
  if (digest !== undefined) return { resolved: digest };
  return {
    resolved: null,
    note: `its index.json does not contain this image${usedAsWritten}`,
  };
}

async function resolveImage(
  ref: string,
  { client, signal }: PinResolverOptions,
): ReturnType<ResolvePin> {
  const reference = parseReference(ref);
  if (reference.digest !== undefined) return { resolved: reference.digest };
  const found = await client.headManifest(
    { ...reference, tag: reference.tag ?? "latest" },
    { signal },
  );
  if (found !== undefined) return { resolved: found.digest };
  return { resolved: null, note: `not found in the registry${usedAsWritten}` };
}
