/** What a table's cell is in a file. */
export type CellValue = string | number | boolean | null

/** A text that a spreadsheet would take for a formula is written behind an apostrophe. */
const isFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text))

function csvCell(value: CellValue): string {
  if (value === null) return ''
  const text = String(value)
  const safe = isFormula(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Comma-separated values by RFC 4180, with a header. */
export function toCsv(names: readonly string[], rows: readonly (readonly CellValue[])[]): string {
  return [names, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
}

/** A list of objects with these names. */
export function toJson(names: readonly string[], rows: readonly (readonly CellValue[])[]): string {
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])))
  return `${JSON.stringify(objects, undefined, 2)}\n`
}

/** Hands a file to the browser to keep. */
export function saveFile(name: string, type: string, ...parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
