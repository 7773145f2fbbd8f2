/** What proves to a registry who we are. */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, to be exchanged at the token endpoint. */
  | { readonly kind: "identity"; readonly token: string }
  /** A bearer token that is sent as it is. */
  | { readonly kind: "bearer"; readonly token: string };
