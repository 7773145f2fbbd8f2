import { remoteKind } from "./remote-source.ts";

/** Where a named context comes from, according to its value in `--build-context name=value`. */
export type ContextAddress =
  | { readonly kind: "folder"; readonly path: string }
  /** `docker-image://REF` */
  | { readonly kind: "image"; readonly ref: string }
  /** `oci-layout://PATH[:TAG][@DIGEST]` */
  | {
      readonly kind: "layout";
      readonly path: string;
      readonly tag: string | undefined;
      readonly digest: string | undefined;
    }
  | { readonly kind: "git" | "http"; readonly url: string }
  /** `variant:NAME[/PLATFORM]`: the leg of another variant of the config. */
  | { readonly kind: "variant"; readonly name: string; readonly platform: string | undefined }
  /** Another target of a bake file, or stdin: our builds support neither. */
  | { readonly kind: "other"; readonly text: string };

/**
 * The kind of a named context, by the rules of buildx (build/build.go, loadInputs) and BuildKit
 * (frontend/dockerui/namedcontext.go).
 */
export function parseContextAddress(value: string): ContextAddress {
  const image = afterScheme(value, "docker-image://");
  if (image !== undefined) return { kind: "image", ref: image };
  const layout = afterScheme(value, "oci-layout://");
  if (layout !== undefined) return parseLayout(layout);
  if (value === "-" || value.startsWith("target:")) return { kind: "other", text: value };
  const variant = afterScheme(value, "variant:");
  if (variant !== undefined) return parseVariantAddress(variant);
  const remote = remoteKind(value) ?? (value.startsWith("github.com/") ? "git" : undefined);
  if (remote !== undefined) return { kind: remote, url: value };
  return { kind: "folder", path: value };
}

/** The address of another variant's leg, as it is written in a config. */
export function formatVariantAddress(
  variant: Pick<Extract<ContextAddress, { kind: "variant" }>, "name" | "platform">,
): string {
  const { name, platform } = variant;
  return `variant:${name}${platform === undefined ? "" : `/${platform}`}`;
}

/** The address of an OCI layout, as a config writes it. */
export function formatLayout(layout: Extract<ContextAddress, { kind: "layout" }>): string {
  const { path, tag, digest } = layout;
  const tagged = tag === undefined ? path : `${path}:${tag}`;
  return `oci-layout://${tagged}${digest === undefined ? "" : `@${digest}`}`;
}

function parseVariantAddress(text: string): ContextAddress {
  const slash = text.indexOf("/");
  return slash < 0
    ? { kind: "variant", name: text, platform: undefined }
    : { kind: "variant", name: text.slice(0, slash), platform: text.slice(slash + 1) };
}

function parseLayout(text: string): ContextAddress {
  const at = text.lastIndexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const place = at < 0 ? text : text.slice(0, at);
  const colon = place.lastIndexOf(":");
  // A colon in a folder's name does not begin a tag.
  const tagged = colon > place.lastIndexOf("/");
  return {
    kind: "layout",
    path: tagged ? place.slice(0, colon) : place,
    tag: tagged ? place.slice(colon + 1) : undefined,
    digest,
  };
}

function afterScheme(value: string, scheme: string): string | undefined {
  return value.startsWith(scheme) ? value.slice(scheme.length) : undefined;
}
