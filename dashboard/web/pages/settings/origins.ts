/** `HTTPS://Shop.example/page` is `https://shop.example` to a browser. What is no address stays, to be refused. */
const toOrigin = (text: string): string => (URL.canParse(text) ? new URL(text).origin : text)

/** Sites, one a line or with commas between them, each once. */
export const readOrigins = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(toOrigin),
  ),
]
