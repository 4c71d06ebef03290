import { en } from './en.ts'

/** Looks texts up in a list, and fills in their places. */
export const translator =
  <Key extends string>(texts: Record<Key, string>) =>
  (key: Key, values: Record<string, string | number> = {}): string =>
    texts[key].replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place))

/** A text of the dashboard, with its places filled in. */
export const t = translator(en)
