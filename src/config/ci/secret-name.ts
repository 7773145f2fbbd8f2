/** Whether GitHub and GitLab both accept a text as the name of a secret. */
export function isSecretName(text: string): boolean {
  return /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(text);
}
