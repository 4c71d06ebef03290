import { en, type TextKey } from './en.ts'

/** A text of the dashboard, with its places filled in. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return en[key].replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place))
}
