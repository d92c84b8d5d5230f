/** The package has no types; these are of what its README shows, as far as it is used here. */
declare module 'openapi-to-postmanv2' {
  interface Conversion {
    result: boolean;
    reason?: string;
    output?: { data: Record<string, unknown> }[];
  }
  const converter: {
    convertV2(
      input: { type: 'string'; data: string },
      options: Record<string, string | boolean>,
      callback: (error: Error | null, conversion: Conversion) => void,
    ): void;
  };
  export = converter;
}
