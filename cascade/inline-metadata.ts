/**
 * Reads the text of a context's `config/NAME` attribute, which may carry metadata: `VALUE; protected=false; final=server`.
 * A word alone means `true`; in VALUE `;` is written `%3B` and `%` is written `%25`.
 */

export interface InlineText {
  readonly value: string;
  /** Later ones win. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Never throws. A `%` before anything else stands for itself. */
export function readInlineText(text: string): InlineText {
  const [value = "", ...parameters] = text.split(";");
  const pairs = parameters
    .map((parameter) => {
      const at = parameter.indexOf("=");
      if (at < 0) return [parameter.trim(), "true"] as const;
      return [parameter.slice(0, at).trim(), parameter.slice(at + 1).trim()] as const;
    })
    .filter(([name]) => name !== "");
  return { value: value.trim().replace(/%3B|%25/gi, (code) => (code === "%25" ? "%" : ";")), metadata: new Map(pairs) };
}
