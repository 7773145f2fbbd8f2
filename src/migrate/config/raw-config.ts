/** The text, lists and maps of a config as they are written. */
export type Raw = string | boolean | readonly Raw[] | RawMap;

export interface RawMap {
  readonly [key: string]: Raw | undefined;
}

/** A variant as it is written, under its name. */
export interface NamedVariant {
  readonly name: string;
  readonly raw: RawMap;
}
