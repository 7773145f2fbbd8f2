/** How the bytes of a pack, or of a tree, are stored. */
export type Compression = "zstd" | "gzip" | "none";

export const cacheArtifactType = "application/vnd.layerkeep.dir.v1";
const treeType = "application/vnd.layerkeep.dir.tree.v1";
const packType = "application/vnd.layerkeep.dir.pack.v1";

export function packMediaType(compression: Compression): string {
  return withSuffix(packType, compression);
}

export function treeMediaType(compression: Compression): string {
  return withSuffix(treeType, compression);
}

/** Undefined if it is not the media type of a pack or a tree. */
export function compressionOf(mediaType: string): Compression | undefined {
  const [type, suffix] = mediaType.split("+", 2);
  if (type !== treeType && type !== packType) return undefined;
  if (suffix === undefined) return "none";
  return suffix === "zstd" || suffix === "gzip" ? suffix : undefined;
}

function withSuffix(type: string, compression: Compression): string {
  return compression === "none" ? type : `${type}+${compression}`;
}
