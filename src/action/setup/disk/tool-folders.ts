/**
 * Folders of GitHub's runner images that container builds do not need, the largest first
 * (actions/runner-images, images/ubuntu/scripts/build). Nothing else is ever deleted.
 */
export const toolFolders: readonly string[] = [
  "/usr/local/lib/android",
  "/usr/share/dotnet",
  "/opt/hostedtoolcache/CodeQL",
  "/usr/local/.ghcup",
  "/opt/ghc",
  "/usr/share/swift",
  "/usr/local/share/boost",
];
