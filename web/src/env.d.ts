interface ImportMetaEnv {
  /** Where the emoji picker's data is. */
  readonly EMOJI_DATA: string;
}
