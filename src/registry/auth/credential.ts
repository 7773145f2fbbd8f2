/** Credentials for a registry. */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, to exchange at the token endpoint. */
  | { readonly kind: "identity"; readonly token: string }
  /** A bearer token that is sent unchanged. */
  | { readonly kind: "bearer"; readonly token: string };
