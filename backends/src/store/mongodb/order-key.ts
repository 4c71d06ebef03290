/**
 * A text whose order is that of the given one by UTF-16 units, which is the order of stamps, on servers that compare
 * bytes of UTF-8 as MongoDB does, and on those that compare units. The two differ where surrogates come in, so units from
 * U+D7FF on are written as two below them.
 */
export const orderKey = (text: string): string =>
  text.replace(/[\ud7ff-\uffff]/g, (unit) => `\ud7ff${String.fromCharCode(unit.charCodeAt(0) - 0xd7fe)}`)
