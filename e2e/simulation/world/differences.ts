/** Where two values differ, a line each, at most `max`; undefined when they are equal. An absent field is undefined. */
export function firstDifferences(actual: unknown, expected: unknown, max = 5): string | undefined {
  const lines: string[] = []
  walk('', actual, expected, lines, max)
  return lines.length > 0 ? lines.join('\n') : undefined
}

function walk(path: string, actual: unknown, expected: unknown, lines: string[], max: number): void {
  if (lines.length >= max || Object.is(actual, expected)) return
  if (!isContainer(actual) || !isContainer(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    lines.push(`${path || '(all)'}: ${short(actual)}, expected ${short(expected)}`)
    return
  }
  for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)]))
    walk(path ? `${path}.${key}` : key, actual[key], expected[key], lines, max)
}

const isContainer = (value: unknown): value is { [key: string]: unknown } => typeof value === 'object' && value !== null

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
