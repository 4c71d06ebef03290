/**
 * A text whose order by bytes of UTF-8, which is MongoDB's, is the order of the given one by UTF-16 units, which is that
 * of stamps. The two differ from U+D800 on alone: surrogates move below the rest of the BMP, and that behind them.
 */
export const orderKey = (text: string): string =>
  text.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0)
    return String.fromCodePoint(code < 0xe000 ? code + 0x800 : code + 0x100000)
  })
